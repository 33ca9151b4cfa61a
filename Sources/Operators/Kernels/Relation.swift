import Diagnostics
import GraphIR
import Tensors

/// How two elements compare.
enum Relation: Sendable { case equal, less, lessOrEqual, greater, greaterOrEqual }

/// The relation of two broadcast operands of one element type, as booleans.
func compare(_ relation: Relation, _ a: Tensor, _ b: Tensor) throws(ModelError) -> Tensor {
  guard a.element == b.element else {
    throw ModelError(.typeMismatch, "operands of \(a.element.rawValue) and \(b.element.rawValue)")
  }
  let shape = try broadcast([a.shape, b.shape])
  try checkedCount(a.element, shape)
  let (x, y) = (try a.expanded(to: shape), try b.expanded(to: shape))
  switch a.element {
  case .string: return try compareStrings(relation, x, y)
  case .float64, .float32: return try compareNative(relation, x.converted(to: .float64), y.converted(to: .float64), Double.self)
  case .uint64: return try compareNative(relation, x, y, UInt64.self)
  case _ where a.element.isFloatingPoint:
    return try compareNative(relation, x.converted(to: .float32), y.converted(to: .float32), Float.self)
  case _ where a.element.isInteger || a.element == .bool:
    return try compareNative(relation, x.converted(to: .int64), y.converted(to: .int64), Int64.self)
  default: throw ModelError(.unsupported, "comparison of \(a.element.rawValue)")
  }
}

private func compareStrings(_ relation: Relation, _ a: Tensor, _ b: Tensor) throws(ModelError) -> Tensor {
  guard relation == .equal, let x = a.strings, let y = b.strings else {
    throw ModelError(.unsupported, "an order of strings")
  }
  return try Tensor(.bool, a.shape, elements: zip(x, y).map { $0 == $1 ? UInt8(1) : 0 })
}

private func compareNative<T: Comparable & BitwiseCopyable>(
  _ relation: Relation, _ a: Tensor, _ b: Tensor, _ type: T.Type
) throws(ModelError) -> Tensor {
  try a.withElements(as: T.self) { (x) throws(ModelError) in
    try b.withElements(as: T.self) { (y) throws(ModelError) in
      try Tensor(.bool, a.shape, filling: UInt8.self) { to in
        switch relation {
        case .equal: for i in 0..<x.count { to[i] = x[i] == y[i] ? 1 : 0 }
        case .less: for i in 0..<x.count { to[i] = x[i] < y[i] ? 1 : 0 }
        case .lessOrEqual: for i in 0..<x.count { to[i] = x[i] <= y[i] ? 1 : 0 }
        case .greater: for i in 0..<x.count { to[i] = x[i] > y[i] ? 1 : 0 }
        case .greaterOrEqual: for i in 0..<x.count { to[i] = x[i] >= y[i] ? 1 : 0 }
        }
      }
    }
  }
}
