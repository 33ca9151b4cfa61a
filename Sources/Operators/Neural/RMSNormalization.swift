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
    let isWide = x.element == .float64
    let wide = try x.converted(to: isWide ? .float64 : .float32)
    let kept = x.shape.indices.map { $0 < along ? x.shape[$0] : 1 }
    let squares = try reduce(.sumSquare, wide.converted(to: .float64), axes: Array(along..<x.rank)).doubles()
    let columns = Double(x.shape[along...].reduce(1, *))
    let inverse = try Tensor(.float64, kept, elements: squares.map { 1 / ($0 / columns + Double(epsilon)).squareRoot() })
    // The quotient has the element type of x before it is scaled.
    let normal = try calculate(.multiply, wide, inverse.converted(to: wide.element)).converted(to: x.element)
    let result = try calculate(.multiply, normal.converted(to: wide.element), scale.converted(to: wide.element))
    guard result.shape == x.shape else { throw ModelError(.typeMismatch, "scale of \(scale.shape) for \(x.shape)") }
    return [try result.converted(to: scale.element)]
  }
}
