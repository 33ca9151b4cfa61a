import Diagnostics
import GraphIR
import Tensors

/// `(x - mean) / deviation`, of the elements along `axes`; ε = 10⁻⁹ keeps constant ones at 0.
public struct MeanVarianceNormalization: Evaluable {
  public typealias Operand = UnaryOperand
  public static let name = "MeanVarianceNormalization"
  public static let since = 13
  public static let attributes: [AttributeSpec<Self>] = [.ints("axes", \.axes)]
  public var axes: [Int]? = [0, 2, 3]
  public init() {}

  public func infer(_ operands: Operands<UnaryOperand, Fact>) throws(ModelError) -> [Fact] {
    let x = try operands.one(.x)
    try require(x, "a floating-point number") { $0.isFloatingPoint }
    if let rank = x.shape?.count { _ = try normalizedAxes(axes ?? [], rank: rank) }
    return [Fact(type: x.type)]
  }

  public func evaluate(_ operands: Operands<UnaryOperand, Tensor>) throws(ModelError) -> [Tensor] {
    let x = try operands.one(.x)
    let along = try normalizedAxes(axes ?? [], rank: x.rank)
    let kept = x.shape.indices.map { along.contains($0) ? 1 : x.shape[$0] }
    let wide = try x.converted(to: .float64)
    let mean = try reduce(.mean, wide, axes: along).reshaped(to: kept)
    let centred = try calculate(.subtract, wide, mean)
    let variance = try reduce(.mean, calculate(.multiply, centred, centred), axes: along).reshaped(to: kept)
    let deviation = try mapElements(of: variance, by: Sqrt())
    let divisor = try calculate(.add, deviation, Tensor(.float64, [], elements: [1e-9]))
    return [try calculate(.divide, centred, divisor).converted(to: x.element)]
  }
}
