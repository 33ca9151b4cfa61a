import GraphIR
import Operators
import Rewriting

/// Combines values element by element instead of stacking them first. Exact.
///
///     %a, %b = Unsqueeze(%x, [3]), Unsqueeze(%z, [3])
///     %s = Concat(%a, %b) {axis: 3}
///     %y = ReduceMax(%s, [3]) {keepdims: 0}             →   %y = Max(%x, %z)
///
/// and for the least, the sum and the mean.
package struct RecognizeElementwiseReduction: NodeRule {
  package static let rounds = true
  package init() {}

  package var roots: RuleRoots { .operators([ReduceMax.self, ReduceMin.self, ReduceSum.self, ReduceMean.self]) }

  package func rewrite(_ root: MatchedNode, _ edit: inout Edit) throws(NoMatch) {
    guard let reduction = root.op as? any Reduction, !reduction.keepdims else { throw NoMatch("the reduction keeps its axes") }
    let stack = try root.operand(0).soleProducer(Concat.self)
    let rank = try root.operand(0).rank()
    let axis = stack.op.axis < 0 ? stack.op.axis + rank : stack.op.axis
    try require(try root.operand(1).integers().map { $0 < 0 ? $0 + rank : $0 } == [axis], "the reduction is along another axis")
    var operands: [ValueID?] = []
    for part in stack.node.operands.compactMap({ $0 }) {
      let unsqueeze = try part.soleProducer(Unsqueeze.self)
      let axes = try unsqueeze[.axes].integers().map { $0 < 0 ? $0 + rank : $0 }
      try require(axes == [axis], "the parts are not stacked along a new axis")
      let x = try unsqueeze[.data]
      try x.requireSameShape(as: root.result)
      if root.op is ReduceMean { try x.requireSinglePrecision() } else { try x.requireCommonFloat() }
      operands.append(x.id)
    }
    edit.replace(root.result, with: edit.emit(combination(root.op), operands: operands)[0])
  }

  private func combination(_ op: any Operator) -> any Operator {
    switch op {
    case is ReduceMax: Max()
    case is ReduceMin: Min()
    case is ReduceSum: Sum()
    default: Mean()
    }
  }
}
