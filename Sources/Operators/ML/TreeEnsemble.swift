import Diagnostics
import GraphIR
import Tensors

/// What decision trees together give each target for each row of features `x` `[N, F]`: `[N, n_targets]` in the element type of `x`.
///
/// Nodes are listed with their branches; a branch leads to another node or, where `nodes_trueleafs` or `nodes_falseleafs` is 1, to a leaf.
public struct TreeEnsemble: Evaluable {
  public typealias Operand = FeatureOperand
  public static let name = "TreeEnsemble"
  public static let domain = "ai.onnx.ml"
  public static let since = 5
  public static let attributes: [AttributeSpec<Self>] = [
    .int("aggregate_function", \.aggregateFunction), .ints("leaf_targetids", \.leafTargetids), .tensor("leaf_weights", \.leafWeights),
    .tensor("membership_values", \.membershipValues), .optionalInt("n_targets", \.nTargets), .ints("nodes_falseleafs", \.nodesFalseleafs),
    .ints("nodes_falsenodeids", \.nodesFalsenodeids), .ints("nodes_featureids", \.nodesFeatureids),
    .tensor("nodes_hitrates", \.nodesHitrates), .ints("nodes_missing_value_tracks_true", \.nodesMissingValueTracksTrue),
    .tensor("nodes_modes", \.nodesModes), .tensor("nodes_splits", \.nodesSplits), .ints("nodes_trueleafs", \.nodesTrueleafs),
    .ints("nodes_truenodeids", \.nodesTruenodeids), .int("post_transform", \.postTransform), .ints("tree_roots", \.treeRoots),
  ]
  /// 0 average, 1 sum, 2 minimum, 3 maximum.
  public var aggregateFunction = 1
  public var leafTargetids: [Int]?
  public var leafWeights: Tensor?
  /// The members of each set in the order of the nodes that test for one, NaN after each set.
  public var membershipValues: Tensor?
  public var nTargets: Int?
  public var nodesFalseleafs: [Int]?
  public var nodesFalsenodeids: [Int]?
  public var nodesFeatureids: [Int]?
  public var nodesHitrates: Tensor?
  public var nodesMissingValueTracksTrue: [Int]?
  /// 0 ≤, 1 <, 2 ≥, 3 >, 4 =, 5 ≠, 6 member of a set.
  public var nodesModes: Tensor?
  public var nodesSplits: Tensor?
  public var nodesTrueleafs: [Int]?
  public var nodesTruenodeids: [Int]?
  /// 0 none, 1 softmax, 2 logistic, 3 softmax that keeps zeros, 4 probit.
  public var postTransform = 0
  public var treeRoots: [Int]?
  public init() {}

  private func targetCount() throws(ModelError) -> Int {
    guard let nTargets, nTargets > 0, nTargets < 1 << 24 else {
      throw ModelError(.invalidGraph, "\(nTargets ?? 0) targets", at: Place(attribute: "n_targets"))
    }
    return nTargets
  }

  public func infer(_ operands: Operands<FeatureOperand, Fact>) throws(ModelError) -> [Fact] {
    let x = try operands.one(.x)
    try require(x, "a floating-point number") { $0.isFloatingPoint }
    try requireRank(x, 1..., "x")
    guard TreeAggregation(code: aggregateFunction) != nil else {
      throw ModelError(
        .invalidGraph, "unknown value \(aggregateFunction)", at: Place(attribute: "aggregate_function"),
        notes: ["expected 0 (AVERAGE), 1 (SUM), 2 (MIN) or 3 (MAX)"])
    }
    guard PostTransform(code: postTransform) != nil else {
      throw ModelError(
        .invalidGraph, "unknown value \(postTransform)", at: Place(attribute: "post_transform"),
        notes: ["expected 0 (NONE), 1 (SOFTMAX), 2 (LOGISTIC), 3 (SOFTMAX_ZERO) or 4 (PROBIT)"])
    }
    guard let element = x.element else { return [.unknown] }
    return [.tensor(element, [x.sampleCount, .number(try targetCount())])]
  }

  public func evaluate(_ operands: Operands<FeatureOperand, Tensor>) throws(ModelError) -> [Tensor] {
    let x = try operands.one(.x)
    let samples = try TreeSamples(x)
    let targets = try targetCount()
    guard let aggregation = TreeAggregation(code: aggregateFunction), let transform = PostTransform(code: postTransform) else {
      throw ModelError(.invalidGraph, "aggregate_function \(aggregateFunction), post_transform \(postTransform)")
    }
    let forest = try forest()
    try forest.check(features: samples.columns, targets: targets)
    try checkedCount(.float64, [samples.rows, targets])
    var result: [Double] = []
    for row in 0..<samples.rows {
      let scores = try forest.scores(samples.row(row), targets: targets, by: aggregation).map { $0 ?? 0 }
      result += transform(scores, second: .absent)
    }
    return [try Tensor(.float64, [samples.rows, targets], elements: result).converted(to: x.element)]
  }

  /// The nodes, and the leaves after them.
  private func forest() throws(ModelError) -> DecisionForest {
    guard let modes = try nodesModes.map({ (modes: Tensor) throws(ModelError) in try modes.integers() }),
      let splits = try nodesSplits?.doubles(), let weights = try leafWeights?.doubles()
    else { throw ModelError(.invalidGraph, "nodes_modes, nodes_splits or leaf_weights is missing") }
    let count = modes.count
    let lists = [nodesFeatureids, nodesTruenodeids, nodesFalsenodeids, nodesTrueleafs, nodesFalseleafs].map { $0 ?? [] }
    guard lists.allSatisfy({ $0.count == count }), splits.count == count, leafTargetids?.count == weights.count else {
      throw ModelError(.invalidGraph, "the lists of \(count) nodes or of \(weights.count) leaves differ in length")
    }
    let missing = nodesMissingValueTracksTrue ?? []
    var members = try (membershipValues?.doubles() ?? [])[...]
    var forest = DecisionForest()
    for index in 0..<count {
      guard let code = UInt8(exactly: modes[index]), let mode = BranchMode(code: code) else {
        throw ModelError(.invalidGraph, "mode \(modes[index])", at: Place(attribute: "nodes_modes"))
      }
      var node = DecisionForest.Node(mode: mode, feature: lists[0][index], value: splits[index])
      if mode == .member {
        node.members = Array(members.prefix { !$0.isNaN })
        members = members.dropFirst(node.members.count + 1)
      }
      node.takesMissing = index < missing.count && missing[index] == 1
      node.whenTrue = try position(lists[1][index], isLeaf: lists[3][index] != 0, count, weights.count)
      node.whenFalse = try position(lists[2][index], isLeaf: lists[4][index] != 0, count, weights.count)
      forest.nodes.append(node)
    }
    for (target, weight) in zip(leafTargetids ?? [], weights) {
      forest.nodes.append(DecisionForest.Node(mode: .leaf, weights: [(target, weight)]))
    }
    for root in treeRoots ?? [] {
      guard root >= 0, root < count else { throw ModelError(.invalidGraph, "node \(root)", at: Place(attribute: "tree_roots")) }
      // A tree that is one leaf: both branches of its only node lead there.
      let node = forest.nodes[root]
      forest.roots.append(node.whenTrue == node.whenFalse && node.whenTrue >= count ? node.whenTrue : root)
    }
    return forest
  }

  private func position(_ index: Int, isLeaf: Bool, _ nodes: Int, _ leaves: Int) throws(ModelError) -> Int {
    guard index >= 0, index < (isLeaf ? leaves : nodes) else {
      throw ModelError(.invalidGraph, "a branch leads to \(isLeaf ? "leaf" : "node") \(index)")
    }
    return isLeaf ? nodes + index : index
  }
}
