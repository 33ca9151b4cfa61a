import GraphIR
import Operators
import Rewriting

/// Lets a reduction find its axes where they were before a transposition. Exact up to the order of summation.
///
///     %t = Transpose(%x) {perm: [0, 2, 1]}
///     %y = ReduceMax(%t, [2]) {keepdims: 0}   →   %y = ReduceMax(%x, [1]) {keepdims: 0}
///
/// where the axes that remain keep their order.
package struct AbsorbTransposeIntoReduction: NodeRule {
  package init() {}

  package var roots: RuleRoots { .operators(reductions) }

  package func rewrite(_ root: MatchedNode, _ edit: inout Edit) throws(NoMatch) {
    guard let op = root.op as? any Reduction, !op.keepdims else { throw NoMatch("the reduction keeps its axes") }
    let transpose = try root.operand(0).soleProducer(Transpose.self)
    let perm = try transpose.permutation()
    let axes = try root.operand(1).integers().map { $0 < 0 ? $0 + perm.count : $0 }
    try require(!axes.isEmpty && axes.allSatisfy(perm.indices.contains), "the reduction names no axes")
    let kept = perm.indices.filter { !axes.contains($0) }.map { perm[$0] }
    try require(kept == kept.sorted(), "the axes that remain change places")
    let moved = axes.map { perm[$0] }.sorted()
    let y = edit.emit(op, operands: [try transpose[.x].id, edit.constant(moved)])[0]
    try edit.replace(root.result, withSameShape: y)
  }
}
