import Diagnostics
import GraphIR
import Operators
import Tensors

extension RuntimeValue {
  /// Whether the value may be given where `type` is declared. A size without a number takes any, and so do those of a sequence's
  /// items, which models are careless about.
  func fits(_ type: ValueType) -> Bool {
    switch (self, type) {
    case (.tensor(let tensor), .tensor(let type)):
      guard tensor.element == type.element else { return false }
      guard let shape = type.shape else { return true }
      return shape.count == tensor.rank && zip(shape, tensor.shape).allSatisfy { $0.number == nil || $0.number == $1 }
    case (.sequence(let items), .sequence(let type)):
      guard let type else { return true }
      return items.allSatisfy { $0.fits(type.withoutSizes) }
    case (.optional(let value), .optional(let type)):
      guard let value, let type else { return true }
      return value.fits(type)
    case (_, .optional(let type)):
      // What is there may be given as it is.
      return type.map(fits) ?? true
    case (.map(let keys, let values), .map(let key, let type)):
      return keys.element == key && (type.map { type in values.allSatisfy { $0.fits(type) } } ?? true)
    case (_, .opaque): return true
    default: return false
    }
  }

  /// The value's type in the words of messages, as in `f32[2,3]`.
  public var typeText: String {
    switch self {
    case .tensor(let tensor): TensorType(tensor.element, tensor.shape.map(Dim.number)).description
    case .sequence(let items): "seq<\(items.first?.typeText ?? "?")>"
    case .optional(let value): "optional<\(value?.typeText ?? "?")>"
    case .map(let keys, let values): "map<\(keys.element.rawValue), \(values.first?.typeText ?? "?")>"
    }
  }
}
