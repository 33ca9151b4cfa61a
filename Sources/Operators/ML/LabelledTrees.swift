import Diagnostics
import GraphIR
import Tensors

/// The attributes in which `TreeEnsembleClassifier` and `TreeEnsembleRegressor` list their nodes: one entry a node each.
public struct TreeNodeLists: Sendable {
  public var falsenodeids: [Int]?
  public var featureids: [Int]?
  public var hitrates: [Float]?
  public var hitratesTensor: Tensor?
  public var missingValueTracksTrue: [Int]?
  public var modes: [[UInt8]]?
  public var nodeids: [Int]?
  public var treeids: [Int]?
  public var truenodeids: [Int]?
  public var values: [Float]?
  public var valuesTensor: Tensor?
  public init() {}
}

/// What leaves give: tree, node, target and weight, one entry each.
struct LeafLists {
  var treeids: [Int]
  var nodeids: [Int]
  var targets: [Int]
  var weights: [Double]
}

/// An operator of trees whose nodes are numbered within each tree.
protocol LabelledTrees: Evaluable where Operand == FeatureOperand {
  var nodes: TreeNodeLists { get set }
}

extension LabelledTrees {
  static var nodeAttributes: [AttributeSpec<Self>] {
    [
      .ints("nodes_falsenodeids", \.nodes.falsenodeids), .ints("nodes_featureids", \.nodes.featureids),
      .floats("nodes_hitrates", \.nodes.hitrates), .tensor("nodes_hitrates_as_tensor", \.nodes.hitratesTensor),
      .ints("nodes_missing_value_tracks_true", \.nodes.missingValueTracksTrue), .strings("nodes_modes", \.nodes.modes),
      .ints("nodes_nodeids", \.nodes.nodeids), .ints("nodes_treeids", \.nodes.treeids), .ints("nodes_truenodeids", \.nodes.truenodeids),
      .floats("nodes_values", \.nodes.values), .tensor("nodes_values_as_tensor", \.nodes.valuesTensor),
    ]
  }
}

private struct NodeName: Hashable {
  var tree: Int
  var node: Int
}

extension DecisionForest {
  /// The trees that lists of nodes and leaves describe. Throws `invalidGraph` for lists that do not fit each other.
  init(_ lists: TreeNodeLists, _ leaves: LeafLists) throws(ModelError) {
    let trees = lists.treeids ?? []
    let values = try ensembleNumbers(lists.values, lists.valuesTensor, "nodes_values")
    let modes = lists.modes ?? []
    for (name, count) in [
      ("nodes_nodeids", lists.nodeids?.count), ("nodes_modes", modes.count), ("nodes_featureids", lists.featureids?.count),
      ("nodes_truenodeids", lists.truenodeids?.count), ("nodes_falsenodeids", lists.falsenodeids?.count), ("nodes_values", values.count),
    ] where count ?? 0 != trees.count {
      throw ModelError(.invalidGraph, "\(count ?? 0) entries for \(trees.count) nodes", at: Place(attribute: name))
    }
    let (ids, features) = (lists.nodeids ?? [], lists.featureids ?? [])
    let (whenTrue, whenFalse) = (lists.truenodeids ?? [], lists.falsenodeids ?? [])
    let missing = lists.missingValueTracksTrue ?? []
    let places = Dictionary(zip(trees, ids).enumerated().map { (NodeName(tree: $1.0, node: $1.1), $0) }) { first, _ in first }
    guard places.count == trees.count else { throw ModelError(.invalidGraph, "two nodes of a tree have one number") }
    var isChild = [Bool](repeating: false, count: trees.count)
    for index in trees.indices {
      let name = String(decoding: modes[index], as: UTF8.self)
      guard let mode = BranchMode(rawValue: name), mode != .member else {
        throw ModelError(
          .invalidGraph, "unknown value \"\(name.prefix(64))\"", at: Place(attribute: "nodes_modes"),
          notes: ["expected one of " + BranchMode.allCases.filter { $0 != .member }.map(\.rawValue).joined(separator: ", ")])
      }
      var node = Node(mode: mode, feature: features[index], value: values[index])
      node.takesMissing = index < missing.count && missing[index] == 1
      if mode != .leaf {
        guard let yes = places[NodeName(tree: trees[index], node: whenTrue[index])],
          let no = places[NodeName(tree: trees[index], node: whenFalse[index])]
        else { throw ModelError(.invalidGraph, "node \(ids[index]) of tree \(trees[index]) leads to no node") }
        (node.whenTrue, node.whenFalse) = (yes, no)
        (isChild[yes], isChild[no]) = (true, true)
      }
      nodes.append(node)
    }
    roots = trees.indices.filter { !isChild[$0] }
    try add(leaves, places.mapKeys())
  }

  private mutating func add(_ leaves: LeafLists, _ place: (Int, Int) -> Int?) throws(ModelError) {
    let count = leaves.targets.count
    guard leaves.treeids.count == count, leaves.nodeids.count == count, leaves.weights.count == count else {
      throw ModelError(.invalidGraph, "\(leaves.weights.count) weights for \(count) targets of \(leaves.nodeids.count) leaves")
    }
    for index in 0..<count {
      guard let leaf = place(leaves.treeids[index], leaves.nodeids[index]), nodes[leaf].mode == .leaf else {
        throw ModelError(.invalidGraph, "node \(leaves.nodeids[index]) of tree \(leaves.treeids[index]) is no leaf")
      }
      nodes[leaf].weights.append((leaves.targets[index], leaves.weights[index]))
    }
  }
}

extension Dictionary where Key == NodeName, Value == Int {
  fileprivate func mapKeys() -> (Int, Int) -> Int? {
    { self[NodeName(tree: $0, node: $1)] }
  }
}
