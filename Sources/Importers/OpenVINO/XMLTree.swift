import Diagnostics
import Foundation
import FoundationXML
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

/// Reads a document as a tree. No document type is accepted, so there are no entities to expand and nothing is fetched.
enum XMLTree {
  static let depthLimit = 64
  static let sizeLimit = 1 << 30

  /// Throws `malformed` and `limitExceeded`.
  static func read(_ bytes: UnsafeRawBufferPointer) throws(ModelError) -> XMLNode {
    guard bytes.count <= sizeLimit else { throw ModelError(.limitExceeded, "\(bytes.count) bytes of XML") }
    let data = try checked(bytes)
    let parser = XMLParser(data: data)
    parser.shouldResolveExternalEntities = false
    let builder = TreeBuilder()
    parser.delegate = builder
    let succeeded = parser.parse()
    if let fault = builder.fault { throw fault }
    guard succeeded, let root = builder.root else {
      throw ModelError(.malformed, "line \(parser.lineNumber): is not well-formed XML")
    }
    return root
  }

  /// The document without its declaration. What is neither element nor text is refused: document types, because of their entities,
  /// and processing instructions, at which Foundation's parser traps when they are empty.
  private static func checked(_ bytes: UnsafeRawBufferPointer) throws(ModelError) -> Data {
    guard String(validating: bytes, as: UTF8.self) != nil else { throw ModelError(.malformed, "is not text in UTF-8") }
    var data = Data(bytes)
    if data.starts(with: [0xEF, 0xBB, 0xBF]) { data = Data(data.dropFirst(3)) }
    if data.starts(with: Data("<?xml ".utf8)) {
      guard let end = data.prefix(256).range(of: Data("?>".utf8)) else { throw ModelError(.malformed, "line 1: the declaration has no end") }
      data = Data(data[end.upperBound...])
    }
    for mark in ["<?", "<!"] where data.range(of: Data(mark.utf8)) != nil {
      throw ModelError(.malformed, "\(mark), which no network has: it is made of elements alone")
    }
    return data
  }
}

private final class TreeBuilder: NSObject, XMLParserDelegate {
  var root: XMLNode?
  var fault: ModelError?
  private var stack: [XMLNode] = []

  func parser(
    _ parser: XMLParser, didStartElement name: String, namespaceURI: String?, qualifiedName: String?, attributes: [String: String]
  ) {
    guard stack.count < XMLTree.depthLimit else {
      fault = ModelError(.limitExceeded, "line \(parser.lineNumber): elements nested more than \(XMLTree.depthLimit) deep")
      return parser.abortParsing()
    }
    let node = XMLNode(name, attributes, line: parser.lineNumber)
    stack.last?.children.append(node)
    if root == nil { root = node }
    stack.append(node)
  }

  func parser(_ parser: XMLParser, foundCharacters string: String) {
    if stack.last?.name == "dim" { stack.last?.text += string }
  }

  func parser(_ parser: XMLParser, didEndElement name: String, namespaceURI: String?, qualifiedName: String?) { _ = stack.popLast() }
}
