internal import CExpat
import Diagnostics
import Tensors

/// One element of an XML document.
final class XMLNode {
  let name: String
  let attributes: [String: String]
  let line: Int
  fileprivate(set) var children: [XMLNode] = []
  fileprivate(set) var text = ""

  fileprivate init(_ name: String, _ attributes: [String: String], line: Int) {
    self.name = name
    self.attributes = attributes
    self.line = line
  }

  func first(_ name: String) -> XMLNode? { children.first { $0.name == name } }
  func all(_ name: String) -> [XMLNode] { children.filter { $0.name == name } }

  /// Throws `malformed`, with the line, for an attribute that is missing.
  func required(_ key: String) throws(ModelError) -> String {
    guard let value = attributes[key] else { throw fault("<\(name)> has no \(key)") }
    return value
  }

  func integer(_ key: String) throws(ModelError) -> Int {
    let text = try required(key)
    guard let value = Int(text) else { throw fault("\(key)=\"\(text)\" is not a whole number") }
    return value
  }

  func fault(_ message: String) -> ModelError { ModelError(.malformed, "line \(line): \(message)") }
}

/// Reads a document as a tree. Refuses document types, so that there are no entities to expand and nothing is fetched, and
/// processing instructions, which no network has.
enum XMLTree {
  static let depthLimit = 64
  static let sizeLimit = 1 << 30

  /// Throws `malformed` and `limitExceeded`.
  static func read(_ bytes: UnsafeRawBufferPointer) throws(ModelError) -> XMLNode {
    guard bytes.count <= sizeLimit else { throw ModelError(.limitExceeded, "\(bytes.count) bytes of XML") }
    guard let parser = XML_ParserCreate("UTF-8") else { throw ModelError(.limitExceeded, "there is no memory for a reader of XML") }
    defer { XML_ParserFree(parser) }
    let builder = TreeBuilder(parser)
    let status = withExtendedLifetime(builder) {
      builder.listen()
      return XML_Parse(parser, bytes.baseAddress?.assumingMemoryBound(to: CChar.self), Int32(bytes.count), 1)
    }
    if let fault = builder.fault { throw fault }
    guard status == XML_STATUS_OK, let root = builder.root else {
      let reason = XML_ErrorString(XML_GetErrorCode(parser)).map { String(cString: $0) } ?? "no element"
      throw ModelError(.malformed, "line \(builder.line): is not well-formed XML: \(reason)")
    }
    return root
  }
}

/// Puts the tree together while the parser reads. The parser knows it by its address, so that it has to outlive the reading.
private final class TreeBuilder {
  private(set) var root: XMLNode?
  private(set) var fault: ModelError?
  private var stack: [XMLNode] = []
  private let parser: XML_Parser

  init(_ parser: XML_Parser) { self.parser = parser }

  var line: Int { Int(XML_GetCurrentLineNumber(parser)) }

  func listen() {
    XML_SetUserData(parser, Unmanaged.passUnretained(self).toOpaque())
    XML_SetElementHandler(
      parser, { TreeBuilder.of($0)?.start($1, $2) },
      { user, _ in _ = TreeBuilder.of(user)?.stack.popLast() })
    XML_SetCharacterDataHandler(parser) { TreeBuilder.of($0)?.add($1, count: Int($2)) }
    XML_SetStartDoctypeDeclHandler(parser) { user, _, _, _, _ in TreeBuilder.of(user)?.refuse("a document type") }
    XML_SetProcessingInstructionHandler(parser) { user, _, _ in TreeBuilder.of(user)?.refuse("a processing instruction") }
  }

  private static func of(_ user: UnsafeMutableRawPointer?) -> TreeBuilder? {
    user.map { Unmanaged<TreeBuilder>.fromOpaque($0).takeUnretainedValue() }
  }

  private func start(_ name: UnsafePointer<CChar>?, _ list: UnsafeMutablePointer<UnsafePointer<CChar>?>?) {
    guard fault == nil, let name else { return }
    guard stack.count < XMLTree.depthLimit else {
      return stop(ModelError(.limitExceeded, "line \(line): elements nested more than \(XMLTree.depthLimit) deep"))
    }
    var attributes: [String: String] = [:]
    var next = list
    while let pair = next, let key = pair[0], let value = pair[1] {
      attributes[String(cString: key)] = String(cString: value)
      next = pair + 2
    }
    let node = XMLNode(String(cString: name), attributes, line: line)
    stack.last?.children.append(node)
    if root == nil { root = node }
    stack.append(node)
  }

  /// Only what `dim` holds is ever asked for.
  private func add(_ text: UnsafePointer<CChar>?, count: Int) {
    guard let text, stack.last?.name == "dim" else { return }
    stack.last?.text += String(decoding: UnsafeRawBufferPointer(start: text, count: count), as: UTF8.self)
  }

  private func refuse(_ what: String) { stop(ModelError(.malformed, "line \(line): \(what), which no network has")) }

  private func stop(_ error: ModelError) {
    fault = fault ?? error
    XML_StopParser(parser, XML_Bool(XML_FALSE))
  }
}
