import Diagnostics
import GraphIR
import Tensors

/// Each row of features `x` `[N, F]`, or the only row `[F]`, divided by its norm: 32-bit floats. A row of norm 0 stays.
public struct Normalizer: Evaluable {
  public typealias Operand = FeatureOperand
  public static let name = "Normalizer"
  public static let domain = "ai.onnx.ml"
  public static let since = 1
  public static let attributes: [AttributeSpec<Self>] = [.choice("norm", \.norm)]

  public enum Norm: String, CaseIterable, Sendable {
    /// The largest element.
    case largest = "MAX"
    /// The sum of the absolute values.
    case sum = "L1"
    /// The root of the sum of the squares.
    case length = "L2"
  }
  public var norm = Norm.largest
  public init() {}

  public func infer(_ operands: Operands<FeatureOperand, Fact>) throws(ModelError) -> [Fact] {
    let x = try operands.one(.x)
    try requireFeatures(x)
    return [.tensor(.float32, x.shape)]
  }

  public func evaluate(_ operands: Operands<FeatureOperand, Tensor>) throws(ModelError) -> [Tensor] {
    let x = try operands.one(.x)
    guard x.rank > 0 else { throw ModelError(.typeMismatch, "x is a scalar") }
    // Rows run along the second axis; further ones, as images have, are normalised each by itself.
    let axis = min(1, x.rank - 1)
    let wide = try x.converted(to: .float32)
    let fold: Fold = norm == .largest ? .maximum : norm == .sum ? .l1 : .l2
    var shape = x.shape
    shape[axis] = 1
    let norms = try reduce(fold, wide, axes: [axis]).reshaped(to: shape).elements(as: Float.self).map { $0 == 0 ? 1 : $0 }
    return [try calculate(.divide, wide, Tensor(.float32, shape, elements: norms))]
  }
}
