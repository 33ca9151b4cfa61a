import Bundle
import Diagnostics
import GraphIR
import Tensors

extension Tensor {
  /// True when both hold the same elements, a deferred or mapped one read for it.
  func isSame(as other: Tensor) throws(ModelError) -> Bool {
    guard element == other.element, shape == other.shape else { return false }
    return try isIdentical(to: other)
  }

  /// Type and, of few elements, their values; of many, the beginning of their SHA-256.
  func summary() throws(ModelError) -> String {
    let type = TensorType(element, shape.map(Dim.number)).description
    if element == .string { return "\(type) of \(count) strings" }
    if count <= 8, let numbers = try? integers() { return "\(type) \(shape.isEmpty && numbers.count == 1 ? "\(numbers[0])" : "\(numbers)")" }
    if count <= 8, element == .float32 {
      let numbers = try elements(as: Float.self)
      return "\(type) \(shape.isEmpty && numbers.count == 1 ? "\(numbers[0])" : "\(numbers)")"
    }
    var digest = try SHA256()
    try withUnsafeBytes { digest.update($0) }
    return "\(type) sha256 \(try digest.finish().prefix(12))"
  }
}

extension AttributeValue {
  /// The value in a few words.
  func summary() throws(ModelError) -> String {
    switch self {
    case .int(let number): return "\(number)"
    case .float(let number): return "\(number)"
    case .string(let bytes): return "\"\(String(decoding: bytes, as: UTF8.self))\""
    case .element(let element): return element.rawValue
    case .tensor(let tensor): return try tensor.summary()
    case .ints(let numbers): return "\(numbers)"
    case .floats(let numbers): return "\(numbers)"
    case .strings(let strings): return "\(strings.map { String(decoding: $0, as: UTF8.self) })"
    case .type(let type): return type.description
    default: return kindName
    }
  }
}
