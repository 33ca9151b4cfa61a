import Diagnostics
import Operators
import Tensors
import Yams

/// A part of a profile's text and where it stands.
struct ProfileNode {
  private let node: Node
  /// In the words of error messages.
  private let path: String

  init(_ node: Node, _ path: String) {
    self.node = node
    self.path = path
  }

  func fault(_ message: String, expected: [String] = []) -> ModelError {
    let mark = node.mark
    return ModelError(
      .malformed, "line \(mark?.line ?? 1), column \(mark?.column ?? 1): \(path): \(message)",
      notes: expected.isEmpty ? [] : ["expected " + expected.joined(separator: ", ")])
  }

  private func mapping() throws(ModelError) -> Node.Mapping {
    guard case .mapping(let mapping) = node else { throw fault("a mapping is expected") }
    return mapping
  }

  /// Throws for a key that is not one of `known`, at that key.
  func checkKeys(_ known: [String]) throws(ModelError) {
    for (key, _) in try mapping() {
      guard case .scalar(let scalar) = key else { throw ProfileNode(key, path).fault("a key is a word") }
      if !known.contains(scalar.string) { throw ProfileNode(key, path).fault("unknown key \(scalar.string)", expected: known) }
    }
  }

  func optional(_ key: String) throws(ModelError) -> ProfileNode? {
    for (name, value) in try mapping() {
      if case .scalar(let scalar) = name, scalar.string == key { return ProfileNode(value, key) }
    }
    return nil
  }

  func required(_ key: String) throws(ModelError) -> ProfileNode {
    guard let node = try optional(key) else { throw fault("\(key) is missing") }
    return node
  }

  func string() throws(ModelError) -> String {
    guard case .scalar(let scalar) = node else { throw fault("text is expected") }
    return scalar.string
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
    guard case .sequence(let sequence) = node else { throw fault("a list is expected") }
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
    guard case .sequence(let sequence) = node else { throw fault("a list is expected") }
    for item in sequence { _ = try ProfileNode(item, path).string(oneOf: known.map(\.rawValue)) }
    return try strings()
  }

  /// Names of operators, of the standard set or another that Ferry knows.
  func operatorNames() throws(ModelError) -> [String] {
    guard case .sequence(let sequence) = node else { throw fault("a list is expected") }
    for item in sequence {
      let name = try ProfileNode(item, path).string()
      let isKnown = ["", "com.microsoft", "ai.onnx.ml"].contains { OperatorRegistry.type(named: name, domain: $0) != nil }
      if !isKnown { throw ProfileNode(item, path).fault("there is no operator \(name)") }
    }
    return try strings()
  }
}
