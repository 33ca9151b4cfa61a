import Diagnostics
import GraphIR
import Tensors

/// `x · coefficientsᵀ + intercepts` for features `x` `[N, F]`: scores `[N, targets]`, 32-bit.
public struct LinearRegressor: Evaluable {
  public typealias Operand = FeatureOperand
  public static let name = "LinearRegressor"
  public static let domain = "ai.onnx.ml"
  public static let since = 1
  public static let attributes: [AttributeSpec<Self>] = [
    .floats("coefficients", \.coefficients), .floats("intercepts", \.intercepts), .choice("post_transform", \.postTransform),
    .int("targets", \.targets),
  ]
  /// `[targets, F]`
  public var coefficients: [Float]?
  public var intercepts: [Float]?
  public var postTransform = PostTransform.none
  public var targets = 1
  public init() {}

  public func infer(_ operands: Operands<FeatureOperand, Fact>) throws(ModelError) -> [Fact] {
    let x = try operands.one(.x)
    try requireFeatures(x)
    guard targets > 0 else { throw ModelError(.invalidGraph, "\(targets) targets", at: Place(attribute: "targets")) }
    return [.tensor(.float32, [x.sampleCount, .number(targets)])]
  }

  public func evaluate(_ operands: Operands<FeatureOperand, Tensor>) throws(ModelError) -> [Tensor] {
    let x = try FeatureRows(operands.one(.x))
    let scores = try x.products(with: coefficients ?? [], count: targets, offsets: intercepts ?? [])
    return [try transformed(scores, columns: targets, by: postTransform)]
  }
}

/// Scores `[rows, columns]` after the transform of each row.
func transformed(_ scores: [Float], columns: Int, by transform: PostTransform) throws(ModelError) -> Tensor {
  let rows = columns == 0 ? 0 : scores.count / columns
  guard transform != .none else { return try Tensor(.float32, [rows, columns], elements: scores) }
  let result = (0..<rows).flatMap { row in
    transform(scores[row * columns..<(row + 1) * columns].map(Double.init), second: .absent).map { Float($0) }
  }
  return try Tensor(.float32, [rows, columns], elements: result)
}
