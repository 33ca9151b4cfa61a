import Diagnostics
import GraphIR
import Tensors

/// Scores `x · coefficientsᵀ + intercepts` of features `x` `[N, F]`, and the label of the class with the largest.
///
/// Results: labels `[N]`, scores `[N, classes]`. With one row of coefficients and two labels, a positive score chooses the second
/// label, and the scores are `1 - s`, `s`.
public struct LinearClassifier: Evaluable {
  public typealias Operand = FeatureOperand
  public static let name = "LinearClassifier"
  public static let domain = "ai.onnx.ml"
  public static let since = 1
  public static let results: [Arity] = [.one, .one]
  public static let attributes: [AttributeSpec<Self>] = [
    .ints("classlabels_ints", \.classlabelsInts), .strings("classlabels_strings", \.classlabelsStrings),
    .floats("coefficients", \.coefficients), .floats("intercepts", \.intercepts), .bool("multi_class", \.multiClass),
    .choice("post_transform", \.postTransform),
  ]
  public var classlabelsInts: [Int]?
  public var classlabelsStrings: [[UInt8]]?
  /// `[classes, F]`
  public var coefficients: [Float]?
  public var intercepts: [Float]?
  /// Whether the model was trained one class against the rest; means nothing here.
  public var multiClass = false
  public var postTransform = PostTransform.none
  public init() {}

  /// How many rows of coefficients there are, when that can be told.
  private func rowCount(features: Int?) -> Int? {
    if let intercepts, !intercepts.isEmpty { return intercepts.count }
    return features.flatMap { $0 > 0 ? (coefficients?.count ?? 0) / $0 : nil }
  }

  public func infer(_ operands: Operands<FeatureOperand, Fact>) throws(ModelError) -> [Fact] {
    let x = try operands.one(.x)
    try requireFeatures(x)
    let labels = ClassLabels(classlabelsStrings, classlabelsInts) ?? .integers([])
    let classes = rowCount(features: x.featureCount?.number).map { Dim.number($0 == 1 && labels.count == 2 ? 2 : $0) }
    return [.tensor(labels.element, [x.sampleCount]), .tensor(.float32, [x.sampleCount, classes ?? .unknown])]
  }

  public func evaluate(_ operands: Operands<FeatureOperand, Tensor>) throws(ModelError) -> [Tensor] {
    let x = try FeatureRows(operands.one(.x))
    var labels = ClassLabels(classlabelsStrings, classlabelsInts) ?? .integers([])
    guard let count = rowCount(features: x.columns), count > 0 else { throw ModelError(.invalidGraph, "no coefficients") }
    let scores = try x.products(with: coefficients ?? [], count: count, offsets: intercepts ?? [])
    let hasSecond = count == 1 && labels.count == 2
    if count == 1, labels.count != 2 { labels = labels.zeroAndOne }
    var choices: [Int] = []
    var final: [Float] = []
    for row in 0..<x.rows {
      let own = scores[row * count..<(row + 1) * count].map(Double.init)
      choices.append(count == 1 ? (own[0] > 0 ? 1 : 0) : largestPosition(own))
      var done = postTransform(own, second: hasSecond ? .probability : .absent)
      if hasSecond, done.count == 1 { done.append(0) }
      final += done.map { Float($0) }
    }
    return [try labels.tensor(choices), try Tensor(.float32, [x.rows, hasSecond ? 2 : count], elements: final)]
  }
}
