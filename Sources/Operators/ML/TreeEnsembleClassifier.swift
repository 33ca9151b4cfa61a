import Diagnostics
import GraphIR
import Tensors

/// The class that decision trees together choose for each row of features `x` `[N, F]`, and scores.
///
/// Results: labels `[N]`, scores `[N, classes]`, 32-bit. With two classes whose leaves give weights for one only, that weight decides:
/// above 0.5 when no weight is negative, else above 0. What is said of two classes otherwise is what ONNX Runtime does; the
/// specification is silent.
public struct TreeEnsembleClassifier: LabelledTrees {
  public typealias Operand = FeatureOperand
  public static let name = "TreeEnsembleClassifier"
  public static let domain = "ai.onnx.ml"
  public static let since = 3
  public static let results: [Arity] = [.one, .one]
  public static let attributes: [AttributeSpec<Self>] =
    [
      .floats("base_values", \.baseValues), .tensor("base_values_as_tensor", \.baseValuesTensor), .ints("class_ids", \.classIds),
      .ints("class_nodeids", \.classNodeids), .ints("class_treeids", \.classTreeids), .floats("class_weights", \.classWeights),
      .tensor("class_weights_as_tensor", \.classWeightsTensor), .ints("classlabels_int64s", \.classlabelsInt64s),
      .strings("classlabels_strings", \.classlabelsStrings),
    ] + nodeAttributes + [.choice("post_transform", \.postTransform)]
  public var baseValues: [Float]?
  public var baseValuesTensor: Tensor?
  public var classIds: [Int]?
  public var classNodeids: [Int]?
  public var classTreeids: [Int]?
  public var classWeights: [Float]?
  public var classWeightsTensor: Tensor?
  public var classlabelsInt64s: [Int]?
  public var classlabelsStrings: [[UInt8]]?
  public var nodes = TreeNodeLists()
  public var postTransform = PostTransform.none
  public init() {}

  public func infer(_ operands: Operands<FeatureOperand, Fact>) throws(ModelError) -> [Fact] {
    let x = try operands.one(.x)
    try requireFeatures(x)
    let labels = try requireLabels(classlabelsStrings, classlabelsInt64s)
    return [.tensor(labels.element, [x.sampleCount]), .tensor(.float32, [x.sampleCount, .number(labels.count)])]
  }

  public func evaluate(_ operands: Operands<FeatureOperand, Tensor>) throws(ModelError) -> [Tensor] {
    let samples = try TreeSamples(operands.one(.x))
    let labels = try requireLabels(classlabelsStrings, classlabelsInt64s)
    let weights = try ensembleNumbers(classWeights, classWeightsTensor, "class_weights")
    let forest = try DecisionForest(
      nodes, LeafLists(treeids: classTreeids ?? [], nodeids: classNodeids ?? [], targets: classIds ?? [], weights: weights))
    try forest.check(features: samples.columns, targets: labels.count)
    let base = try ensembleNumbers(baseValues, baseValuesTensor, "base_values")
    guard base.count <= labels.count else {
      throw ModelError(.invalidGraph, "\(base.count) values for \(labels.count) classes", at: Place(attribute: "base_values"))
    }
    try checkedCount(.float32, [samples.rows, labels.count])
    let decision = TreeDecision(
      labels: labels, base: base, transform: postTransform, isBinary: labels.count == 2 && Set(classIds ?? []).count == 1,
      isPositive: weights.allSatisfy { $0 >= 0 })
    var chosen: [ClassLabels] = []
    var result: [Float] = []
    for row in 0..<samples.rows {
      let (label, scores) = try decision.decide(forest.scores(samples.row(row), targets: labels.count, by: .sum))
      chosen.append(label)
      result += (0..<labels.count).map { $0 < scores.count ? Float(scores[$0]) : 0 }
    }
    return [try joined(chosen, labels), try Tensor(.float32, [samples.rows, labels.count], elements: result)]
  }

  private func joined(_ chosen: [ClassLabels], _ labels: ClassLabels) throws(ModelError) -> Tensor {
    var (strings, integers): ([[UInt8]], [Int]) = ([], [])
    for label in chosen {
      switch label {
      case .strings(let text): strings += text
      case .integers(let numbers): integers += numbers
      }
    }
    if case .strings = labels { return try Tensor(strings: strings, shape: [chosen.count]) }
    return try Tensor.integers(integers)
  }
}

/// How the scores of the classes become a label and what is said of them.
private struct TreeDecision {
  let labels: ClassLabels
  let base: [Double]
  let transform: PostTransform
  /// Two classes, weights for one.
  let isBinary: Bool
  let isPositive: Bool

  func decide(_ scores: [Double?]) -> (label: ClassLabels, scores: [Double]) {
    switch scores.count {
    case 1: return decideOne((scores[0] ?? 0) + (base.first ?? 0))
    case 2: return decideTwo(scores)
    default:
      var scores = scores
      for index in base.indices { scores[index] = (scores[index] ?? 0) + base[index] }
      let given = scores.indices.filter { scores[$0] != nil }
      let best = given.isEmpty ? 0 : given[largestPosition(given.map { scores[$0] ?? 0 })]
      return (label(best), transform(scores.map { $0 ?? 0 }))
    }
  }

  private func decideOne(_ score: Double) -> (label: ClassLabels, scores: [Double]) {
    (sign(score), transform([score], second: .absent))
  }

  /// A class to which no leaf gave anything keeps a score of 0, whatever its base value.
  private func decideTwo(_ scores: [Double?]) -> (label: ClassLabels, scores: [Double]) {
    var (first, second) = (scores[0], scores[1])
    let isAlone = second == nil && base.count < 2
    switch (base.count, second) {
    case (2, _?):
      second = base[1] + (first ?? 0)
      first = first == nil ? nil : second.map { -$0 }
    case (1, _), (2, nil): first = first.map { $0 + base[0] }
    default: break
    }
    let weight = second ?? first ?? 0
    let other: SecondScore = !isBinary ? (base.isEmpty ? .negative : .absent) : isPositive ? .complement : .negative
    let chosen = isBinary ? label(weight > (isPositive ? 0.5 : 0) ? 1 : 0) : sign(weight)
    return (chosen, transform(isAlone ? [first ?? 0] : [first ?? 0, second ?? 0], second: other))
  }

  private func label(_ index: Int) -> ClassLabels {
    switch labels {
    case .strings(let strings): .strings([strings[index]])
    case .integers(let integers): .integers([integers[index]])
    }
  }

  /// Strings are chosen by position; of integers, 1 stands for a positive score and 0 for another.
  private func sign(_ score: Double) -> ClassLabels {
    if case .integers = labels { return .integers([score > 0 ? 1 : 0]) }
    return label(min(score > 0 ? 1 : 0, labels.count - 1))
  }
}
