import GraphIR
import Operators
import Rewriting
import Tensors

/// The nodes of all trees of an ensemble of `ai.onnx.ml`, one entry a node; a leaf leads to itself.
struct TreeTable {
  var features: [Int] = []
  var values: [Double] = []
  /// By ONNX's names, without `BRANCH_`; a leaf's is that of some branch.
  var modes: [String] = []
  var takesMissing: [Bool] = []
  var whenTrue: [Int] = []
  var whenFalse: [Int] = []
  var roots: [Int] = []
  /// What leaves give.
  var weights: [(node: Int, target: Int, weight: Double)] = []
  var isLeaf: [Bool] = []
  /// How many branches lie before the deepest leaf.
  private(set) var depth = 0

  private struct Name: Hashable {
    var tree: Int
    var node: Int
  }

  static let modeNames = ["LEQ", "LT", "GTE", "GT", "EQ", "NEQ"]

  /// From lists in which the nodes of each tree have numbers.
  init(
    _ lists: TreeNodeLists, trees: [Int]?, nodes: [Int]?, targets: [Int]?, weights: [Float]?, _ tensor: Tensor?
  ) throws(NoMatch) {
    let (owners, ids, names) = (lists.treeids ?? [], lists.nodeids ?? [], lists.modes ?? [])
    values = try Self.numbers(lists.values, lists.valuesTensor)
    features = lists.featureids ?? []
    let (yes, no) = (lists.truenodeids ?? [], lists.falsenodeids ?? [])
    let count = owners.count
    try require([ids.count, names.count, values.count, features.count, yes.count, no.count].allSatisfy { $0 == count }, "lists differ in length")
    var places: [Name: Int] = [:]
    for index in 0..<count { places[Name(tree: owners[index], node: ids[index])] = index }
    try require(places.count == count, "two nodes have one number")
    var isChild = [Bool](repeating: false, count: count)
    for index in 0..<count {
      let mode = String(decoding: names[index], as: UTF8.self)
      isLeaf.append(mode == "LEAF")
      modes.append(mode.hasPrefix("BRANCH_") ? String(mode.dropFirst(7)) : "")
      takesMissing.append(!isLeaf[index] && index < lists.missingValueTracksTrue?.count ?? 0 && lists.missingValueTracksTrue?[index] == 1)
      guard !isLeaf[index] else {
        whenTrue.append(index)
        whenFalse.append(index)
        continue
      }
      guard let first = places[Name(tree: owners[index], node: yes[index])], let second = places[Name(tree: owners[index], node: no[index])] else {
        throw NoMatch("a branch leads to no node")
      }
      (isChild[first], isChild[second]) = (true, true)
      whenTrue.append(first)
      whenFalse.append(second)
    }
    roots = (0..<count).filter { !isChild[$0] }
    try addWeights(trees ?? [], nodes ?? [], targets ?? [], Self.numbers(weights, tensor)) { places[Name(tree: $0, node: $1)] }
    try finish()
  }

  /// From lists in which branches lead to other nodes or to leaves.
  init(_ op: TreeEnsemble) throws(NoMatch) {
    guard let codes = try? op.nodesModes?.integers(), let splits = try? op.nodesSplits?.doubles(), let given = try? op.leafWeights?.doubles() else {
      throw NoMatch("lists are missing")
    }
    let (count, leaves) = (codes.count, given.count)
    let (yes, no) = (op.nodesTruenodeids ?? [], op.nodesFalsenodeids ?? [])
    let (yesLeaves, noLeaves) = (op.nodesTrueleafs ?? [], op.nodesFalseleafs ?? [])
    features = op.nodesFeatureids ?? []
    try require(
      [yes.count, no.count, yesLeaves.count, noLeaves.count, features.count, splits.count].allSatisfy { $0 == count }
        && op.leafTargetids?.count == leaves, "lists differ in length")
    func place(_ index: Int, _ isLeaf: Int) throws(NoMatch) -> Int {
      try require(index >= 0 && index < (isLeaf != 0 ? leaves : count), "a branch leads to no node")
      return isLeaf != 0 ? count + index : index
    }
    for index in 0..<count {
      try require(Self.modeNames.indices.contains(codes[index]), "a node tests for a member of a set")
      modes.append(Self.modeNames[codes[index]])
      whenTrue.append(try place(yes[index], yesLeaves[index]))
      whenFalse.append(try place(no[index], noLeaves[index]))
      takesMissing.append(index < op.nodesMissingValueTracksTrue?.count ?? 0 && op.nodesMissingValueTracksTrue?[index] == 1)
    }
    let ends = count..<count + leaves
    isLeaf = [Bool](repeating: false, count: count) + ends.map { _ in true }
    features += ends.map { _ in 0 }
    values = splits + ends.map { _ in 0 }
    modes += ends.map { _ in "" }
    takesMissing += ends.map { _ in false }
    whenTrue += ends
    whenFalse += ends
    for (index, (target, weight)) in zip(op.leafTargetids ?? [], given).enumerated() { weights.append((count + index, target, weight)) }
    roots = op.treeRoots ?? []
    try require(roots.allSatisfy { (0..<count).contains($0) }, "a tree without a first node")
    try finish()
  }

  private static func numbers(_ floats: [Float]?, _ tensor: Tensor?) throws(NoMatch) -> [Double] {
    guard let tensor else { return (floats ?? []).map(Double.init) }
    guard floats?.isEmpty ?? true, let numbers = try? tensor.doubles() else { throw NoMatch("numbers are given twice") }
    return numbers
  }

  private mutating func addWeights(
    _ trees: [Int], _ nodes: [Int], _ targets: [Int], _ given: [Double], _ place: (Int, Int) -> Int?
  ) throws(NoMatch) {
    try require(trees.count == targets.count && nodes.count == targets.count && given.count == targets.count, "lists of leaves differ in length")
    for index in targets.indices {
      guard let leaf = place(trees[index], nodes[index]), isLeaf[leaf] else { throw NoMatch("a weight of no leaf") }
      weights.append((leaf, targets[index], given[index]))
    }
  }

  /// Finds the depth, and gives leaves a mode that a branch has.
  private mutating func finish() throws(NoMatch) {
    let count = isLeaf.count
    try require(!roots.isEmpty && count <= 1 << 20 && features.allSatisfy { $0 >= 0 }, "no trees, or too large ones")
    var (level, steps) = (roots.filter { !isLeaf[$0] }, 0)
    while !level.isEmpty {
      steps += level.count
      depth += 1
      // In a tree each node is met once.
      try require(depth <= 64 && steps <= count, "the trees are deep, or no trees")
      level = level.flatMap { [whenTrue[$0], whenFalse[$0]] }.filter { !isLeaf[$0] }
    }
    let known = Set(zip(modes, isLeaf).filter { !$1 }.map(\.0))
    try require(known.allSatisfy(Self.modeNames.contains), "another kind of branch")
    let some = known.first ?? "LEQ"
    for index in 0..<count where isLeaf[index] { modes[index] = some }
  }

  /// Whether some tree gives the target something whichever way a row goes.
  func alwaysGives(_ target: Int) -> Bool {
    let giving = Set(weights.lazy.filter { $0.target == target }.map(\.node))
    return roots.contains { root in
      var open = [root]
      while let node = open.popLast() {
        if isLeaf[node] {
          if !giving.contains(node) { return false }
        } else {
          open += [whenTrue[node], whenFalse[node]]
        }
      }
      return true
    }
  }
}
