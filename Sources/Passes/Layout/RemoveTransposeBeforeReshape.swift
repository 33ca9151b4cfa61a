import GraphIR
import Operators
import Rewriting

/// Drops a transposition that leaves the order of the elements, before a change of shape that sets the axes anyway. Exact.
///
///     %t = Transpose(%x: f32[N,1,4]) {perm: [0, 2, 1]}
///     %y = Reshape(%t, [-1, 4])                          →   %y = Reshape(%x, [-1, 4])
///
/// Only axes of size 1 change places.
package struct RemoveTransposeBeforeReshape: NodeRule {
  package init() {}

  package var roots: RuleRoots { .operators([Reshape.self, Flatten.self, Squeeze.self, Unsqueeze.self]) }

  package func rewrite(_ root: MatchedNode, _ edit: inout Edit) throws(NoMatch) {
    let transpose = try root.operand(0).soleProducer(Transpose.self)
    try transpose.requireElementsStay()
    let x = try transpose[.x]
    let target = try reshapeTarget(from: x.shape(), to: root.result.shape())
    try edit.replace(root.result, withSameShape: edit.emit(Reshape(), x.id, edit.constant(target)))
  }
}
