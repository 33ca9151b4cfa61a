import Diagnostics
import GraphIR
import Tensors

/// `LayerNormalization(x + skip + bias)` over the last axis, and the sum itself.
///
/// Results: the normalised sum, its mean, 1/deviation (both `[…, 1]`), and the sum. `skip` has the shape of `x`, or broadcasts to it.
public struct SkipLayerNormalization: Evaluable {
  public enum Operand: Int, OperandSlot {
    case x, skip, gamma, beta, bias
    public var arity: Arity { rawValue < 3 ? .one : .optional }
  }
  public static let name = "SkipLayerNormalization"
  public static let domain = "com.microsoft"
  public static let since = 1
  public static let results: [Arity] = [.one, .optional, .optional, .optional]
  public static let attributes: [AttributeSpec<Self>] = [.float("epsilon", \.epsilon)]
  public var epsilon: Float = 1e-12
  public init() {}

  public func infer(_ operands: Operands<Operand, Fact>) throws(ModelError) -> [Fact] {
    try inferSkipped(operands.one(.x), operands.one(.skip), [operands.one(.gamma), operands[.beta], operands[.bias]])
  }

  public func evaluate(_ operands: Operands<Operand, Tensor>) throws(ModelError) -> [Tensor] {
    let x = try operands.one(.x)
    let sum = try skipped(x, operands.one(.skip), operands[.bias])
    let rows = x.shape.dropLast().reduce(1, *)
    let (y, mean, inverse) = try standardized(sum, rows: rows, epsilon: epsilon)
    var result = try calculate(.multiply, y, operands.one(.gamma).converted(to: y.element))
    if let beta = operands[.beta] { result = try calculate(.add, result, beta.converted(to: y.element)) }
    let kept: Shape = x.shape.dropLast() + [1]
    return [
      try result.converted(to: x.element), try Tensor(.float64, kept, elements: mean).converted(to: .float32),
      try Tensor(.float64, kept, elements: inverse).converted(to: .float32), try sum.converted(to: x.element),
    ]
  }
}

/// The sum `x + skip + bias` scaled to a mean square of 1 over the last axis, times `gamma`. Results as for `SkipLayerNormalization`,
/// the mean being nothing that this computes: zeros.
public struct SkipSimplifiedLayerNormalization: Evaluable {
  public enum Operand: Int, OperandSlot {
    case x, skip, gamma, bias
    public var arity: Arity { rawValue < 3 ? .one : .optional }
  }
  public static let name = "SkipSimplifiedLayerNormalization"
  public static let domain = "com.microsoft"
  public static let since = 1
  public static let results: [Arity] = [.one, .optional, .optional, .optional]
  public static let attributes: [AttributeSpec<Self>] = [.float("epsilon", \.epsilon)]
  public var epsilon: Float = 1e-12
  public init() {}

  public func infer(_ operands: Operands<Operand, Fact>) throws(ModelError) -> [Fact] {
    try inferSkipped(operands.one(.x), operands.one(.skip), [operands.one(.gamma), operands[.bias]])
  }

  public func evaluate(_ operands: Operands<Operand, Tensor>) throws(ModelError) -> [Tensor] {
    let x = try operands.one(.x)
    let sum = try skipped(x, operands.one(.skip), operands[.bias])
    let (y, factors) = try scaledToUnitMeanSquare(sum, axis: x.rank - 1, epsilon: epsilon)
    let result = try calculate(.multiply, y, operands.one(.gamma).converted(to: y.element))
    let mean = try Tensor(.float32, factors.shape, elements: [Float](repeating: 0, count: factors.count))
    return [try result.converted(to: x.element), mean, try factors.converted(to: .float32), try sum.converted(to: x.element)]
  }
}

private func inferSkipped(_ x: Fact, _ skip: Fact, _ vectors: [Fact?]) throws(ModelError) -> [Fact] {
  try require(x, "a floating-point number") { $0.isFloatingPoint }
  try requireRank(x, 2..., "x")
  _ = try commonElement([x, skip] + vectors)
  for vector in vectors {
    try requireRank(vector, 1...1, "gamma, beta or bias")
    if let size = vector?.shape?[0].number, let last = x.shape?.last?.number, size != last {
      throw ModelError(.typeMismatch, "\(size) elements for an axis of \(last)")
    }
  }
  if let shape = try broadcast([x.shape, skip.shape]), let own = x.shape, shape.count != own.count {
    throw ModelError(.typeMismatch, "skip of shape \(skip.shape ?? []) for \(own)")
  }
  let kept: [Dim]? = x.shape.map { $0.dropLast() + [1] }
  return [Fact(type: x.type), .tensor(.float32, kept), .tensor(.float32, kept), Fact(type: x.type)]
}

/// `x + skip + bias`, in 32-bit floats or 64-bit ones as `x` is.
private func skipped(_ x: Tensor, _ skip: Tensor, _ bias: Tensor?) throws(ModelError) -> Tensor {
  guard x.rank >= 1, try broadcast([x.shape, skip.shape]) == x.shape else {
    throw ModelError(.typeMismatch, "skip of shape \(skip.shape) for \(x.shape)")
  }
  let wide: ElementType = x.element == .float64 ? .float64 : .float32
  let sum = try calculate(.add, x.converted(to: wide), skip.converted(to: wide))
  guard let bias else { return sum }
  guard try broadcast([x.shape, bias.shape]) == x.shape else { throw ModelError(.typeMismatch, "bias of shape \(bias.shape)") }
  return try calculate(.add, sum, bias.converted(to: wide))
}
