import Diagnostics
import Tensors

/// An attribute's value, of any kind that a format can carry.
public enum AttributeValue: Sendable {
  case int(Int64)
  case float(Float)
  /// Bytes, usually but not necessarily UTF-8.
  case string([UInt8])
  case element(ElementType)
  case tensor(Tensor)
  case sparse(SparseTensor)
  case graph(Graph)
  case type(ValueType)
  case ints([Int64])
  case floats([Float])
  case strings([[UInt8]])
  case tensors([Tensor])
  case sparses([SparseTensor])
  case graphs([Graph])
  case types([ValueType])
  /// The attribute of the enclosing function that gives the value.
  case reference(String, kind: Int)

  public static func string(_ text: String) -> AttributeValue { .string(Array(text.utf8)) }

  /// What kind this is, in the words of error messages.
  public var kindName: String {
    switch self {
    case .int: "an integer"
    case .float: "a float"
    case .string: "a string"
    case .element: "an element type"
    case .tensor: "a tensor"
    case .sparse: "a sparse tensor"
    case .graph: "a graph"
    case .type: "a type"
    case .ints: "integers"
    case .floats: "floats"
    case .strings: "strings"
    case .tensors: "tensors"
    case .sparses: "sparse tensors"
    case .graphs: "graphs"
    case .types: "types"
    case .reference: "a reference to a function's attribute"
    }
  }
}

/// A tensor in coordinate form: the values that are not zero, and where they are.
public struct SparseTensor: Sendable {
  public var values: Tensor
  /// 64-bit: linear positions `[count]`, or coordinates `[count, rank]`.
  public var indices: Tensor
  public var shape: Shape

  public init(values: Tensor, indices: Tensor, shape: Shape) {
    self.values = values
    self.indices = indices
    self.shape = shape
  }
}

public struct NamedAttribute: Sendable {
  public var name: String
  public var value: AttributeValue

  public init(_ name: String, _ value: AttributeValue) {
    self.name = name
    self.value = value
  }
}

extension AttributeValue {
  /// Equality of meaning; graphs and types of tensors held elsewhere compare as different unless they are the same storage.
  package func isEqual(to other: AttributeValue) -> Bool {
    switch (self, other) {
    case (.int(let a), .int(let b)): a == b
    case (.float(let a), .float(let b)): a.bitPattern == b.bitPattern
    case (.string(let a), .string(let b)): a == b
    case (.element(let a), .element(let b)): a == b
    case (.tensor(let a), .tensor(let b)): (try? a.isIdentical(to: b)) ?? false
    case (.type(let a), .type(let b)): a == b
    case (.ints(let a), .ints(let b)): a == b
    case (.floats(let a), .floats(let b)): a.map(\.bitPattern) == b.map(\.bitPattern)
    case (.strings(let a), .strings(let b)): a == b
    case (.types(let a), .types(let b)): a == b
    case (.reference(let a, let x), .reference(let b, let y)): a == b && x == y
    case (.tensors(let a), .tensors(let b)):
      a.count == b.count && zip(a, b).allSatisfy { (try? $0.isIdentical(to: $1)) ?? false }
    default: false
    }
  }
}
