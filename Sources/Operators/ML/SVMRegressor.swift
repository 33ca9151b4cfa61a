import Diagnostics
import GraphIR
import Tensors

/// A support vector machine's score of each row of features `x` `[N, F]`: `[N, 1]`.
///
/// `Σ coefficient · kernel(x, vector) + rho`; without support vectors `coefficients · x + rho`. With `one_class`, its sign.
public struct SVMRegressor: Evaluable {
  public typealias Operand = FeatureOperand
  public static let name = "SVMRegressor"
  public static let domain = "ai.onnx.ml"
  public static let since = 1
  public static let attributes: [AttributeSpec<Self>] = [
    .floats("coefficients", \.coefficients), .floats("kernel_params", \.kernelParams), .choice("kernel_type", \.kernelType),
    .int("n_supports", \.nSupports), .bool("one_class", \.oneClass), .choice("post_transform", \.postTransform), .floats("rho", \.rho),
    .floats("support_vectors", \.supportVectors),
  ]
  public var coefficients: [Float]?
  /// gamma, coef0 and degree.
  public var kernelParams: [Float]?
  public var kernelType = SupportVectorKernel.linear
  public var nSupports = 0
  public var oneClass = false
  public var postTransform = PostTransform.none
  public var rho: [Float]?
  public var supportVectors: [Float]?
  public init() {}

  public func infer(_ operands: Operands<FeatureOperand, Fact>) throws(ModelError) -> [Fact] {
    let x = try operands.one(.x)
    try requireFeatures(x)
    return [.tensor(.float32, [x.sampleCount, 1])]
  }

  public func evaluate(_ operands: Operands<FeatureOperand, Tensor>) throws(ModelError) -> [Tensor] {
    let x = try FeatureRows(operands.one(.x))
    let coefficients = coefficients ?? []
    guard let offset = rho?.first else { throw ModelError(.invalidGraph, "is missing", at: Place(attribute: "rho")) }
    var scores: [Float] = []
    if nSupports > 0 {
      guard coefficients.count == nSupports else {
        throw ModelError(.invalidGraph, "\(coefficients.count) for \(nSupports) support vectors", at: Place(attribute: "coefficients"))
      }
      let vectors = try SupportVectors(kernelType, parameters: kernelParams, vectors: supportVectors ?? [], count: nSupports)
      let kernels = try vectors.compared(with: x)
      for row in 0..<x.rows {
        var sum = 0.0
        for vector in 0..<nSupports { sum += Double(kernels[row * nSupports + vector]) * Double(coefficients[vector]) }
        scores.append(Float(sum + Double(offset)))
      }
    } else {
      scores = try x.products(with: coefficients, count: 1, offsets: [offset])
    }
    if oneClass { scores = scores.map { $0 > 0 ? 1 : -1 } }
    return [try transformed(scores, columns: 1, by: oneClass ? .none : postTransform)]
  }
}
