import Diagnostics
import GraphIR
import Tensors

/// `x / √(mean(x²) + ε) · scale`, the mean over the axes from `axis` on.
public struct RMSNormalization: Evaluable {
  public enum Operand: Int, OperandSlot { case x, scale }
  public static let name = "RMSNormalization"
  public static let since = 23
  public static let attributes: [AttributeSpec<Self>] = [.int("axis", \.axis), .float("epsilon", \.epsilon), .int("stash_type", \.stashType)]
  public var axis = -1
  public var epsilon: Float = 1e-5
  /// The ONNX number of the element type of the division.
  public var stashType = 1
  public init() {}

  public func infer(_ operands: Operands<Operand, Fact>) throws(ModelError) -> [Fact] {
    let (x, scale) = try (operands.one(.x), operands.one(.scale))
    try require(x, "a floating-point number") { $0.isFloatingPoint }
    if let rank = x.shape?.count { _ = try normalizedAxis(axis, rank: rank) }
    guard let element = scale.element else { return [Fact(type: x.type)] }
    return [.tensor(element, x.shape)]
  }

  public func evaluate(_ operands: Operands<Operand, Tensor>) throws(ModelError) -> [Tensor] {
    let (x, scale) = try (operands.one(.x), operands.one(.scale))
    let along = try normalizedAxis(axis, rank: x.rank)
    // The quotient has the element type of x before it is scaled.
    let normal = try scaledToUnitMeanSquare(x, axis: along, epsilon: epsilon).y
    let result = try calculate(.multiply, normal.converted(to: x.element).converted(to: normal.element), scale.converted(to: normal.element))
    guard result.shape == x.shape else { throw ModelError(.typeMismatch, "scale of \(scale.shape) for \(x.shape)") }
    return [try result.converted(to: scale.element)]
  }
}

/// `x` with a mean square of 1 over the axes from `axis` on, in 32-bit floats or 64-bit ones as `x` is, and the factors in 64-bit ones.
func scaledToUnitMeanSquare(_ x: Tensor, axis: Int, epsilon: Float) throws(ModelError) -> (y: Tensor, factors: Tensor) {
  let wide = try x.converted(to: x.element == .float64 ? .float64 : .float32)
  let squares = try reduce(.sumSquare, wide.converted(to: .float64), axes: Array(axis..<x.rank)).doubles()
  let columns = Double(x.shape[axis...].reduce(1, *))
  let kept = x.shape.indices.map { $0 < axis ? x.shape[$0] : 1 }
  let factors = try Tensor(.float64, kept, elements: squares.map { 1 / ($0 / columns + Double(epsilon)).squareRoot() })
  return (try calculate(.multiply, wide, factors.converted(to: wide.element)), factors)
}
