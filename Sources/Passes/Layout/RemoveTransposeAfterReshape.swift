import GraphIR
import Operators
import Rewriting

/// Drops a transposition that leaves the order of the elements, after a change of shape that can set the axes itself. Exact.
///
///     %r = Reshape(%x, [0, 64, 1])
///     %y = Transpose(%r) {perm: [0, 2, 1]}   →   %y = Reshape(%x, [0, 1, 64])
///
/// Only axes of size 1 change places.
package struct RemoveTransposeAfterReshape: RewriteRule {
  package init() {}

  package func rewrite(_ transpose: Matched<Transpose>, _ edit: inout Edit) throws(NoMatch) {
    let reshaped = try transpose[.x]
    try reshaped.requireSoleUse()
    let node = try reshaped.anyProducer()
    try require(node.op is Reshape || node.op is Flatten || node.op is Squeeze || node.op is Unsqueeze, "the operand is no change of shape")
    try transpose.requireElementsStay()
    let x = try node.operand(0)
    let target = try reshapeTarget(from: x.shape(), to: transpose.result.shape())
    try edit.replace(transpose.result, withSameShape: edit.emit(Reshape(), x.id, edit.constant(target)))
  }
}
