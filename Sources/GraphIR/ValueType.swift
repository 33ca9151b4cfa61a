import Tensors

/// Element type and shape of a tensor. Unknown rank is a `nil` shape.
public struct TensorType: Hashable, Sendable {
  public var element: ElementType
  public var shape: [Dim]?

  public init(_ element: ElementType, _ shape: [Dim]?) {
    self.element = element
    self.shape = shape
  }

  public var rank: Int? { shape?.count }

  /// The sizes, when all of them are numbers.
  public var fixedShape: Shape? {
    guard let shape else { return nil }
    var sizes: Shape = []
    sizes.reserveCapacity(shape.count)
    for dim in shape {
      guard let number = dim.number else { return nil }
      sizes.append(number)
    }
    return sizes
  }
}

/// What a value of the graph is.
public indirect enum ValueType: Hashable, Sendable {
  case tensor(TensorType)
  case sparseTensor(TensorType)
  /// `nil` for a sequence whose element type is not stated.
  case sequence(ValueType?)
  case optional(ValueType?)
  case map(key: ElementType, value: ValueType?)
  case opaque(domain: String, name: String)

  public static func tensor(_ element: ElementType, _ shape: [Dim]?) -> ValueType { .tensor(TensorType(element, shape)) }

  /// The same of tensors of any rank.
  public var withoutSizes: ValueType {
    switch self {
    case .tensor(let type): .tensor(type.element, nil)
    case .sparseTensor(let type): .sparseTensor(TensorType(type.element, nil))
    case .sequence(let item): .sequence(item?.withoutSizes)
    case .optional(let item): .optional(item?.withoutSizes)
    case .map(let key, let value): .map(key: key, value: value?.withoutSizes)
    case .opaque: self
    }
  }

  public var tensorType: TensorType? {
    if case .tensor(let type) = self { type } else { nil }
  }
}

extension TensorType: CustomStringConvertible {
  /// As in `f32[N,3,8,8]`, `f32` for a scalar and `f32[...]` for unknown rank.
  public var description: String {
    guard let shape else { return element.rawValue + "[...]" }
    if shape.isEmpty { return element.rawValue }
    return element.rawValue + "[" + shape.map(\.description).joined(separator: ",") + "]"
  }
}

extension ValueType: CustomStringConvertible {
  public var description: String {
    switch self {
    case .tensor(let type): type.description
    case .sparseTensor(let type): "sparse<\(type)>"
    case .sequence(let item): "seq<\(item?.description ?? "?")>"
    case .optional(let item): "optional<\(item?.description ?? "?")>"
    case .map(let key, let value): "map<\(key.rawValue), \(value?.description ?? "?")>"
    case .opaque(let domain, let name): "opaque<\(Spelling.quoted(domain)), \(Spelling.quoted(name))>"
    }
  }
}
