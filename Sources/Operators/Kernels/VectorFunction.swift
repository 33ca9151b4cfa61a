import CNumerics
import Diagnostics
import GraphIR
import Tensors

/// An element-wise function with a loop in C, with its parameters.
struct VectorFunction: Sendable {
  var code: fn_unary
  var alpha: Float = 0
  var beta: Float = 0

  static let exp = VectorFunction(code: FN_EXP)
  static let log = VectorFunction(code: FN_LOG)
  static let sqrt = VectorFunction(code: FN_SQRT)
  static let reciprocal = VectorFunction(code: FN_RECIPROCAL)
  static let erf = VectorFunction(code: FN_ERF)
  static let tanh = VectorFunction(code: FN_TANH)
  static let sigmoid = VectorFunction(code: FN_SIGMOID)
  static let hardSwish = VectorFunction(code: FN_HARD_SWISH)
  static let softplus = VectorFunction(code: FN_SOFTPLUS)
  static let softsign = VectorFunction(code: FN_SOFTSIGN)
  static let abs = VectorFunction(code: FN_ABS)
  static let neg = VectorFunction(code: FN_NEG)
  static let floor = VectorFunction(code: FN_FLOOR)
  static let ceil = VectorFunction(code: FN_CEIL)
  static let round = VectorFunction(code: FN_ROUND)
  static let sin = VectorFunction(code: FN_SIN)
  static let cos = VectorFunction(code: FN_COS)
  static let relu = VectorFunction(code: FN_RELU)
  static let gelu = VectorFunction(code: FN_GELU)
  static let geluTanh = VectorFunction(code: FN_GELU_TANH)
  static func hardSigmoid(_ alpha: Float, _ beta: Float) -> Self { Self(code: FN_HARD_SIGMOID, alpha: alpha, beta: beta) }
  static func leakyRelu(_ alpha: Float) -> Self { Self(code: FN_LEAKY_RELU, alpha: alpha) }
}

/// An element-wise operator whose 32-bit form has a loop in C.
protocol VectorUnary {
  var vectorFunction: VectorFunction { get }
}

/// The operator's function at every element.
func mapElements(of x: Tensor, by op: some ElementwiseUnary) throws(ModelError) -> Tensor {
  switch x.element {
  case .float32: return try mapFloats(of: x, by: op)
  case .float64: return try Tensor(.float64, x.shape, elements: x.elements(as: Double.self).map { op.apply($0) })
  case _ where x.element.isFloatingPoint: return try mapFloats(of: x.widened(), by: op).converted(to: x.element)
  case _ where x.element.isInteger: break
  default: throw ModelError(.typeMismatch, "\(x.element.rawValue) where a number is expected")
  }
  guard let op = op as? any IntegerUnary else {
    throw ModelError(.unsupported, "\(op.name) of \(x.element.rawValue)")
  }
  if x.element.isSignedInteger {
    let wide = try x.converted(to: .int64).elements(as: Int64.self).map { op.apply($0) }
    return try Tensor(.int64, x.shape, elements: wide).converted(to: x.element)
  }
  let wide = try x.converted(to: .uint64).elements(as: UInt64.self).map { op.apply($0) }
  return try Tensor(.uint64, x.shape, elements: wide).converted(to: x.element)
}

private func mapFloats(of x: Tensor, by op: some ElementwiseUnary) throws(ModelError) -> Tensor {
  guard let function = (op as? any VectorUnary)?.vectorFunction else {
    return try Tensor(.float32, x.shape, elements: x.elements(as: Float.self).map { op.apply($0) })
  }
  return try x.withElements(as: Float.self) { (from) throws(ModelError) in
    try Tensor(.float32, x.shape, filling: Float.self) { to in
      guard let source = from.baseAddress.map(SharedSource.init), let place = to.baseAddress.map(SharedPointer.init) else { return }
      inPieces(of: from.count) { start, count in
        fn_map_f32(function.code, function.alpha, function.beta, source.address + start, place.address + start, count)
      }
    }
  }
}
