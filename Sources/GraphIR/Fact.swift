import Diagnostics
import Tensors

/// What is known of a value before anything runs: its type, and where it describes a shape, its elements as expressions.
public struct Fact: Sendable {
  public var type: ValueType?
  /// Elements of an integer scalar or vector, when each is known as a number or an expression.
  public var elements: [Dim]?
  /// The value itself, when it is a constant.
  public var constant: Tensor?

  public init(type: ValueType?, elements: [Dim]? = nil, constant: Tensor? = nil) {
    self.type = type
    self.elements = elements
    self.constant = constant
  }

  public static let unknown = Fact(type: nil)

  public static func tensor(_ element: ElementType, _ shape: [Dim]?, elements: [Dim]? = nil) -> Fact {
    Fact(type: .tensor(element, shape), elements: elements)
  }

  /// The largest number of elements for which expressions are kept.
  public static let elementLimit = 1024

  /// The facts of a constant.
  public init(constant: Tensor) {
    self.init(type: .tensor(constant.element, constant.shape.map(Dim.number)), constant: constant)
    if constant.element == .int64 || constant.element == .int32, constant.rank <= 1, constant.count <= 64 {
      elements = (try? constant.integers())?.map(Dim.number)
    }
  }

  /// The type when it is a tensor's; `nil` when nothing is known. Throws `typeMismatch` for a value of another kind.
  public func tensorType() throws(ModelError) -> TensorType? {
    switch type {
    case nil: return nil
    case .tensor(let type): return type
    case let other?: throw ModelError(.typeMismatch, "\(other) where a tensor is expected")
    }
  }

  /// The element type, when it is known.
  public var element: ElementType? { type?.tensorType?.element }

  /// The shape, when at least the rank is known.
  public var shape: [Dim]? { type?.tensorType?.shape }

  /// The elements as numbers, when all of them are known.
  public var integers: [Int]? {
    if let elements {
      let numbers = elements.compactMap(\.number)
      return numbers.count == elements.count ? numbers : nil
    }
    guard let constant, constant.element.isInteger, constant.count <= Self.elementLimit else { return nil }
    return try? constant.integers()
  }
}

extension Tensor {
  /// The elements of an 8- to 64-bit integer or boolean tensor as numbers. Throws `typeMismatch` for other element types,
  /// and for unsigned 64-bit elements beyond the signed range.
  public func integers() throws(ModelError) -> [Int] {
    switch element {
    case .int64: return try elements(as: Int64.self).map(Int.init)
    case .int32: return try elements(as: Int32.self).map(Int.init)
    case .int16: return try elements(as: Int16.self).map(Int.init)
    case .int8: return try elements(as: Int8.self).map(Int.init)
    case .uint8, .bool: return try elements(as: UInt8.self).map(Int.init)
    case .uint16: return try elements(as: UInt16.self).map(Int.init)
    case .uint32: return try elements(as: UInt32.self).map(Int.init)
    case .uint64:
      let wide = try elements(as: UInt64.self)
      let narrow = wide.compactMap(Int.init(exactly:))
      if narrow.count == wide.count { return narrow }
      throw ModelError(.typeMismatch, "an unsigned integer beyond the signed 64-bit range")
    default: throw ModelError(.typeMismatch, "\(element.rawValue) where integers are expected")
    }
  }
}
