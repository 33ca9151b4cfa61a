import Diagnostics
import Operators
import Tensors

/// A part of a profile's text and where it stands.
struct ProfileNode {
  private let node: YAMLNode
  /// In the words of error messages.
  private let path: String

  init(_ node: YAMLNode, _ path: String) {
    self.node = node
    self.path = path
  }

  func fault(_ message: String, expected: [String] = []) -> ModelError {
    ModelError(
      .malformed, "line \(node.line), column \(node.column): \(path): \(message)",
      notes: expected.isEmpty ? [] : ["expected " + expected.joined(separator: ", ")])
  }

  private func mapping() throws(ModelError) -> [(key: YAMLNode, value: YAMLNode)] {
    guard case .mapping(let mapping) = node.content else { throw fault("a mapping is expected") }
    return mapping
  }

  /// Throws for a key that is not one of `known`, at that key.
  func checkKeys(_ known: [String]) throws(ModelError) {
    for (key, _) in try mapping() {
      guard case .scalar(let name) = key.content else { throw ProfileNode(key, path).fault("a key is a word") }
      if !known.contains(name) { throw ProfileNode(key, path).fault("unknown key \(name)", expected: known) }
    }
  }

  func optional(_ key: String) throws(ModelError) -> ProfileNode? {
    for (name, value) in try mapping() {
      if case .scalar(key) = name.content { return ProfileNode(value, key) }
    }
    return nil
  }

  func required(_ key: String) throws(ModelError) -> ProfileNode {
    guard let node = try optional(key) else { throw fault("\(key) is missing") }
    return node
  }

  func string() throws(ModelError) -> String {
    guard case .scalar(let text) = node.content else { throw fault("text is expected") }
    return text
  }

  func string(oneOf words: [String]) throws(ModelError) -> String {
    let text = try string()
    guard words.contains(text) else { throw fault("\(text) is not known", expected: words) }
    return text
  }

  func integer(in range: ClosedRange<Int> = Int.min...Int.max) throws(ModelError) -> Int {
    guard let value = Int(try string()) else { throw fault("a whole number is expected") }
    guard range.contains(value) else { throw fault("\(value) is not between \(range.lowerBound) and \(range.upperBound)") }
    return value
  }

  func bool() throws(ModelError) -> Bool { try string(oneOf: ["true", "false"]) == "true" }

  func strings() throws(ModelError) -> [String] {
    guard case .sequence(let sequence) = node.content else { throw fault("a list is expected") }
    guard !sequence.isEmpty else { throw fault("the list is empty") }
    var result: [String] = []
    for item in sequence {
      let item = ProfileNode(item, path)
      let text = try item.string()
      if result.contains(text) { throw item.fault("\(text) is there twice") }
      result.append(text)
    }
    return result
  }

  func elementTypes(among known: [ElementType] = ElementType.allCases) throws(ModelError) -> [String] {
    guard case .sequence(let sequence) = node.content else { throw fault("a list is expected") }
    for item in sequence { _ = try ProfileNode(item, path).string(oneOf: known.map(\.rawValue)) }
    return try strings()
  }

  /// Names of operators, of the standard set or another that Ferry knows.
  func operatorNames() throws(ModelError) -> [String] {
    guard case .sequence(let sequence) = node.content else { throw fault("a list is expected") }
    for item in sequence {
      let name = try ProfileNode(item, path).string()
      let isKnown = ["", "com.microsoft", "ai.onnx.ml"].contains { OperatorRegistry.type(named: name, domain: $0) != nil }
      if !isKnown { throw ProfileNode(item, path).fault("there is no operator \(name)") }
    }
    return try strings()
  }
}
