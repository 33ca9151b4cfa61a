import Diagnostics
import GraphIR
import Operators
import Rewriting
import Tensors

/// Says ensembles of trees by lookups, level by level, in all trees at once. Exact up to rounding of the sums.
///
///     %y = ai.onnx.ml::TreeEnsembleRegressor(%x)   →
///       %i = roots, and as often as the deepest tree has branches:
///         %v = GatherElements(%x, Gather(features, %i))   %i = Where(%v <= Gather(values, %i), Gather(yes, %i), Gather(no, %i))
///       %y = ReduceSum(Gather(weights, %i))
///
/// and the same for `TreeEnsemble` and `TreeEnsembleClassifier`, with labels as ONNX Runtime gives them. No node tests for a member of a set.
package struct DecomposeTreeEnsembles: NodeRule {
  package let roots = RuleRoots.operators([TreeEnsembleRegressor.self, TreeEnsembleClassifier.self, TreeEnsemble.self])

  package init() {}

  package func rewrite(_ root: MatchedNode, _ edit: inout Edit) throws(NoMatch) {
    let x = try root.operand(0)
    // Other numbers are compared as 32-bit floats.
    let element: ElementType = try x.elementType() == .float64 ? .float64 : .float32
    let rows = try edit.rows(x, as: element)
    switch root.op {
    case let op as TreeEnsembleRegressor:
      let table = try TreeTable(
        op.nodes, trees: op.targetTreeids, nodes: op.targetNodeids, targets: op.targetIds, weights: op.targetWeights, op.targetWeightsTensor)
      let base = try base(op.baseValues, op.baseValuesTensor)
      guard let count = op.nTargets, base.isEmpty || base.count == count else { throw NoMatch("the base values do not fit the targets") }
      var scores = try TreeWalk(table, element).scores(rows, targets: count, op.aggregateFunction, &edit)
      if !base.isEmpty { scores = edit.emit(Add(), scores, try numbers(base, [base.count], element, &edit)) }
      scores = try edit.transformed(scores, count: count, by: op.postTransform)
      edit.replace(root.result, with: element == .float32 ? scores : edit.cast(scores, to: .float32))
    case let op as TreeEnsemble:
      let transforms: [PostTransform] = [.none, .softmax, .logistic, .softmaxZero, .probit]
      let table = try TreeTable(op)
      guard let count = op.nTargets, transforms.indices.contains(op.postTransform), TreeAggregation.allCases.indices.contains(op.aggregateFunction) else {
        throw NoMatch("the attributes make no sense")
      }
      let scores = try TreeWalk(table, element).scores(rows, targets: count, TreeAggregation.allCases[op.aggregateFunction], &edit)
      let result = try edit.transformed(scores, count: count, by: transforms[op.postTransform])
      edit.replace(root.result, with: try x.elementType() == element ? result : edit.cast(result, to: x.elementType()))
    case let op as TreeEnsembleClassifier: try classify(root, rows, op, element, &edit)
    default: throw NoMatch("another operator")
    }
  }

  private func base(_ floats: [Float]?, _ tensor: Tensor?) throws(NoMatch) -> [Double] {
    guard let tensor else { return (floats ?? []).map(Double.init) }
    guard let numbers = try? tensor.doubles() else { throw NoMatch("base values that are no numbers") }
    return numbers
  }

  private func numbers(_ values: [Double], _ shape: [Int], _ element: ElementType, _ edit: inout Edit) throws(NoMatch) -> ValueID {
    edit.constant(try edit.computing { () throws(ModelError) in try Tensor(.float64, shape, elements: values).converted(to: element) })
  }

  private func classify(
    _ root: MatchedNode, _ rows: ValueID, _ op: TreeEnsembleClassifier, _ element: ElementType, _ edit: inout Edit
  ) throws(NoMatch) {
    let weights = op.classWeightsTensor
    let table = try TreeTable(
      op.nodes, trees: op.classTreeids, nodes: op.classNodeids, targets: op.classIds, weights: op.classWeights, weights)
    let labelCount = op.classlabelsStrings.flatMap { $0.isEmpty ? nil : $0.count } ?? op.classlabelsInt64s?.count ?? 0
    try require(labelCount > 1, "fewer than two classes")
    let walk = TreeWalk(table, element)
    let base = try base(op.baseValues, op.baseValuesTensor)
    let decided: (index: ValueID, scores: ValueID, isSign: Bool)
    if labelCount == 2 {
      decided = try TwoClasses(table, base, op.postTransform).decide(walk, rows, &edit)
    } else {
      try require(base.isEmpty || base.count == labelCount, "base values for some classes")
      try require((0..<labelCount).allSatisfy(table.alwaysGives), "a class that some rows are given nothing for")
      var scores = try walk.scores(rows, targets: labelCount, .sum, &edit)
      if !base.isEmpty { scores = edit.emit(Add(), scores, try numbers(base, [base.count], element, &edit)) }
      decided = (edit.largestPosition(scores), try edit.transformed(scores, by: op.postTransform), false)
    }
    if !root.isUnused(result: 0) {
      // A sign chooses the integer itself, whatever the labels are.
      let integers = decided.isSign ? [0, 1] : op.classlabelsInt64s
      edit.replace(root.result(0), with: try edit.labels(decided.index, integers, op.classlabelsStrings))
    }
    if !root.isUnused(result: 1) {
      edit.replace(root.result(1), with: element == .float32 ? decided.scores : edit.cast(decided.scores, to: .float32))
    }
  }
}

/// A classifier of two classes, as ONNX Runtime decides (see `TreeEnsembleClassifier`).
private struct TwoClasses {
  let table: TreeTable
  let base: [Double]
  let transform: PostTransform
  /// Leaves give weights for this class alone.
  let only: Int?

  init(_ table: TreeTable, _ base: [Double], _ transform: PostTransform) throws(NoMatch) {
    (self.table, self.base, self.transform) = (table, base, transform)
    let given = Set(table.weights.map(\.target))
    try require(given.isSubset(of: [0, 1]) && given.allSatisfy(table.alwaysGives), "a class that some rows are given nothing for")
    try require(base.count < 2 && !given.isEmpty, "a base value for each of two classes")
    only = given.count == 1 ? given.first : nil
  }

  func decide(_ walk: TreeWalk, _ rows: ValueID, _ edit: inout Edit) throws(NoMatch) -> (index: ValueID, scores: ValueID, isSign: Bool) {
    guard let only else {
      try require(base.isEmpty, "a base value beside two classes")
      let scores = try walk.scores(rows, targets: 2, .sum, &edit)
      return (try edit.isAbove(column(1, of: scores, walk, &edit), 0), try edit.transformed(scores, by: transform), true)
    }
    // A base value is the first class's, and the second one's is not asked for.
    try require(only == 0 || base.isEmpty, "a base value of a class without weights")
    let both = try walk.scores(rows, targets: 2, .sum, &edit)
    var score = try column(only, of: both, walk, &edit)
    if let first = base.first { score = edit.emit(Add(), score, try edit.scalar(Float(first), walk.element)) }
    let isPositive = table.weights.allSatisfy { $0.weight >= 0 }
    let index = try edit.isAbove(score, isPositive ? 0.5 : 0)
    guard only == 0 else { return (index, try edit.transformed(both, by: transform), false) }
    try require(transform != .probit, "the transform has no operator")
    var pair = [score, score]
    if isPositive {
      pair[0] = edit.emit(Sub(), try edit.scalar(1, walk.element), score)
    } else {
      pair[0] = edit.emit(Neg(), score)
      if transform == .logistic { pair = pair.map { edit.emit(Sigmoid(), $0) } }
    }
    return (index, edit.emit(Concat(axis: 1), operands: pair)[0], false)
  }

  private func column(_ index: Int, of scores: ValueID, _ walk: TreeWalk, _ edit: inout Edit) throws(NoMatch) -> ValueID {
    edit.emit(Slice(), scores, edit.constant([index]), edit.constant([index + 1]), edit.constant([1]))
  }
}

/// The way of every row through every tree at once.
private struct TreeWalk {
  let table: TreeTable
  let element: ElementType

  init(_ table: TreeTable, _ element: ElementType) { (self.table, self.element) = (table, element) }

  /// What the leaves give together: `[N, targets]`.
  func scores(_ rows: ValueID, targets: Int, _ aggregation: TreeAggregation, _ edit: inout Edit) throws(NoMatch) -> ValueID {
    try require(targets > 0 && targets <= 1 << 12 && targets * table.isLeaf.count <= 1 << 24, "the table of weights is large")
    try require(table.weights.allSatisfy { (0..<targets).contains($0.target) }, "a leaf for no target")
    var weights = [Double](repeating: 0, count: table.isLeaf.count * targets)
    var given = [Bool](repeating: false, count: weights.count)
    for (node, target, weight) in table.weights {
      let place = node * targets + target
      try require(!given[place] || aggregation == .sum || aggregation == .average, "a leaf gives a target two weights")
      weights[place] += weight
      given[place] = true
    }
    let isSum = aggregation == .sum || aggregation == .average
    try require(isSum || (0..<given.count).allSatisfy { given[$0] || !table.isLeaf[$0 / targets] }, "a leaf that gives a target nothing")
    let leaves = try leaves(rows, &edit)
    let picked = edit.emit(Gather(axis: 0), try numbers(weights, [table.isLeaf.count, targets], &edit), leaves)
    let axis = edit.constant([1])
    func reduced(_ reduction: any Reduction) -> ValueID {
      var op = reduction
      op.keepdims = false
      return edit.emit(op, picked, axis)
    }
    switch aggregation {
    case .minimum: return reduced(ReduceMin())
    case .maximum: return reduced(ReduceMax())
    case .sum: return reduced(ReduceSum())
    case .average: return edit.emit(Div(), reduced(ReduceSum()), try edit.scalar(Float(table.roots.count), element))
    }
  }

  private func numbers(_ values: [Double], _ shape: [Int], _ edit: inout Edit) throws(NoMatch) -> ValueID {
    edit.constant(try edit.computing { () throws(ModelError) in try Tensor(.float64, shape, elements: values).converted(to: element) })
  }

  /// The leaf that each row ends in, in every tree: `[N, trees]`.
  private func leaves(_ rows: ValueID, _ edit: inout Edit) throws(NoMatch) -> ValueID {
    let columns = try Columns(table, numbers(table.values, [table.isLeaf.count], &edit), &edit)
    var place = try edit.indices(table.roots, [table.roots.count])
    // At least once: what begins at the roots is one row, not one for each.
    for level in 0..<max(table.depth, 1) {
      let feature = edit.emit(Gather(axis: 0), columns.features, place)
      let tested: ValueID
      if level == 0 {
        tested = edit.emit(Gather(axis: 1), rows, feature)
      } else {
        var gather = GatherElements()
        gather.axis = 1
        tested = edit.emit(gather, rows, feature)
      }
      let accepts = try accepts(tested, at: place, columns, &edit)
      let (yes, no) = (edit.emit(Gather(axis: 0), columns.yes, place), edit.emit(Gather(axis: 0), columns.no, place))
      place = edit.emit(Where(), accepts, yes, no)
    }
    return place
  }

  /// The table's columns as constants.
  private struct Columns {
    let features: ValueID
    let values: ValueID
    let yes: ValueID
    let no: ValueID
    /// Kinds of branches, and each node's as its place among them.
    let kinds: [String]
    let codes: ValueID
    let missing: ValueID

    init(_ table: TreeTable, _ values: ValueID, _ edit: inout Edit) throws(NoMatch) {
      let shape = [table.isLeaf.count]
      let present = Set(table.modes)
      kinds = TreeTable.modeNames.filter(present.contains)
      self.values = values
      features = try edit.indices(table.features, shape)
      (yes, no) = (try edit.indices(table.whenTrue, shape), try edit.indices(table.whenFalse, shape))
      codes = try edit.indices(table.modes.map { [kinds] in kinds.firstIndex(of: $0) ?? 0 }, shape)
      missing = try edit.indices(table.takesMissing.map { $0 ? 1 : 0 }, shape)
    }
  }

  /// Whether the branches at `place` take what is tested.
  private func accepts(_ tested: ValueID, at place: ValueID, _ columns: Columns, _ edit: inout Edit) throws(NoMatch) -> ValueID {
    let bound = edit.emit(Gather(axis: 0), columns.values, place)
    let code = columns.kinds.count > 1 ? edit.emit(Gather(axis: 0), columns.codes, place) : nil
    var result: ValueID?
    for (index, kind) in columns.kinds.enumerated() {
      var own = compared(kind, tested, bound, &edit)
      if let code { own = edit.emit(And(), own, edit.emit(Equal(), code, try edit.indices([index], []))) }
      result = result.map { edit.emit(Or(), $0, own) } ?? own
    }
    guard let result else { throw NoMatch("no branches") }
    guard table.takesMissing.contains(true) else { return result }
    let takes = edit.emit(Greater(), edit.emit(Gather(axis: 0), columns.missing, place), try edit.indices([0], []))
    return edit.emit(Or(), result, edit.emit(And(), edit.emit(IsNaN(), tested), takes))
  }

  private func compared(_ kind: String, _ x: ValueID, _ bound: ValueID, _ edit: inout Edit) -> ValueID {
    switch kind {
    case "LEQ": edit.emit(LessOrEqual(), x, bound)
    case "LT": edit.emit(Less(), x, bound)
    case "GTE": edit.emit(GreaterOrEqual(), x, bound)
    case "GT": edit.emit(Greater(), x, bound)
    case "EQ": edit.emit(Equal(), x, bound)
    default: edit.emit(Not(), edit.emit(Equal(), x, bound))
    }
  }
}
