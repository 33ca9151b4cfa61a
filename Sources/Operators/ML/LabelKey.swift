import Diagnostics
import Tensors

/// An element as tables are searched by it: floats by value, all NaN being one.
enum LabelKey: Hashable {
  case text([UInt8])
  case integer(Int64)
  case number(UInt64)

  init(_ value: Double) { self = .number((value.isNaN ? Double.nan : value + 0).bitPattern) }

  /// The elements of a tensor as keys. Throws `typeMismatch` for elements that are none.
  static func all(_ tensor: Tensor) throws(ModelError) -> [LabelKey] {
    if let strings = tensor.strings { return strings.map(LabelKey.text) }
    if tensor.element.isFloatingPoint { return try tensor.doubles().map { LabelKey($0) } }
    return try tensor.integers().map { .integer(Int64($0)) }
  }
}

/// Takes for each element of `x` the value of the equal key, the last of several, or the last value when there is none.
func lookedUp(_ x: Tensor, keys: Tensor, values: Tensor) throws(ModelError) -> Tensor {
  guard values.rank == 1, values.count == keys.count + 1 else {
    throw ModelError(.invalidGraph, "\(keys.count) keys with \(values.count - 1) values")
  }
  let places = Dictionary(try LabelKey.all(keys).enumerated().map { ($1, $0) }) { _, last in last }
  let missing = keys.count
  return try values.taking(LabelKey.all(x).map { places[$0] ?? missing }, axis: 0).reshaped(to: x.shape)
}
