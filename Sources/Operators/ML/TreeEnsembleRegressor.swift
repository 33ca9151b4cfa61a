import Diagnostics
import GraphIR
import Tensors

/// What decision trees together give each target for each row of features `x` `[N, F]`: `[N, n_targets]`, 32-bit.
public struct TreeEnsembleRegressor: LabelledTrees {
  public typealias Operand = FeatureOperand
  public static let name = "TreeEnsembleRegressor"
  public static let domain = "ai.onnx.ml"
  public static let since = 3
  public static let attributes: [AttributeSpec<Self>] =
    [
      .choice("aggregate_function", \.aggregateFunction), .floats("base_values", \.baseValues),
      .tensor("base_values_as_tensor", \.baseValuesTensor), .optionalInt("n_targets", \.nTargets),
    ] + nodeAttributes + [
      .choice("post_transform", \.postTransform), .ints("target_ids", \.targetIds), .ints("target_nodeids", \.targetNodeids),
      .ints("target_treeids", \.targetTreeids), .floats("target_weights", \.targetWeights),
      .tensor("target_weights_as_tensor", \.targetWeightsTensor),
    ]
  public var aggregateFunction = TreeAggregation.sum
  /// Added to each target, or to the only one.
  public var baseValues: [Float]?
  public var baseValuesTensor: Tensor?
  public var nTargets: Int?
  public var nodes = TreeNodeLists()
  public var postTransform = PostTransform.none
  public var targetIds: [Int]?
  public var targetNodeids: [Int]?
  public var targetTreeids: [Int]?
  public var targetWeights: [Float]?
  public var targetWeightsTensor: Tensor?
  public init() {}

  private func targetCount() throws(ModelError) -> Int {
    guard let nTargets, nTargets > 0, nTargets < 1 << 24 else {
      throw ModelError(.invalidGraph, "\(nTargets ?? 0) targets", at: Place(attribute: "n_targets"))
    }
    return nTargets
  }

  public func infer(_ operands: Operands<FeatureOperand, Fact>) throws(ModelError) -> [Fact] {
    let x = try operands.one(.x)
    try requireFeatures(x)
    return [.tensor(.float32, [x.sampleCount, .number(try targetCount())])]
  }

  public func evaluate(_ operands: Operands<FeatureOperand, Tensor>) throws(ModelError) -> [Tensor] {
    let samples = try TreeSamples(operands.one(.x))
    let targets = try targetCount()
    let weights = try ensembleNumbers(targetWeights, targetWeightsTensor, "target_weights")
    let forest = try DecisionForest(
      nodes, LeafLists(treeids: targetTreeids ?? [], nodeids: targetNodeids ?? [], targets: targetIds ?? [], weights: weights))
    try forest.check(features: samples.columns, targets: targets)
    let base = try ensembleNumbers(baseValues, baseValuesTensor, "base_values")
    guard base.isEmpty || base.count == targets else {
      throw ModelError(.invalidGraph, "\(base.count) values for \(targets) targets", at: Place(attribute: "base_values"))
    }
    try checkedCount(.float32, [samples.rows, targets])
    var result: [Float] = []
    for row in 0..<samples.rows {
      var scores = try forest.scores(samples.row(row), targets: targets, by: aggregateFunction).map { $0 ?? 0 }
      for index in base.indices { scores[index] += base[index] }
      result += postTransform(scores, second: .absent).map { Float($0) }
    }
    return [try Tensor(.float32, [samples.rows, targets], elements: result)]
  }
}
