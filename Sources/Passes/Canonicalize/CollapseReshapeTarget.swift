import GraphIR
import Operators
import Rewriting

/// Replaces a computed target shape by a constant one, so that what computes it can go.
///
///     %s = Shape(%x: f32[N,3,4])
///     %n = Gather(%s, 0)
///     %t = Concat(Unsqueeze(%n, [0]), [12])
///     %y = Reshape(%x, %t)                    →   %y = Reshape(%x, [0, 12])
///
/// The target's elements must be known as expressions: numbers stay, a size that %x has at the same axis becomes 0, and at
/// most one other becomes -1. With -1, sizes are taken not to be 0. Where the target itself says 0 or -1, the sizes are those
/// of the result.
package struct CollapseReshapeTarget: RewriteRule {
  package init() {}

  package func rewrite(_ reshape: Matched<Reshape>, _ edit: inout Edit) throws(NoMatch) {
    let (x, target) = try (reshape[.data], reshape[.shape])
    try require(!target.isConstant, "the target is a constant")
    let elements = try target.elements()
    let shape = try x.shape()
    let isOpen = elements.contains(-1) || elements.contains(0) && !reshape.op.allowzero
    let numbers = try reshapeTarget(from: shape, to: isOpen ? reshape.result.shape() : elements)
    edit.replace(reshape.result, with: edit.emit(Reshape(), x.id, edit.constant(numbers)))
  }
}
