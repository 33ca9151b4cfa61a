import GraphIR
import Operators
import Rewriting

/// Drops a change of shape that the next one overrides. Exact.
///
///     %m = Reshape(%x, s)
///     %y = Reshape(%m, t)   →   %y = Reshape(%x, t)
///
/// and the same for `Flatten`, `Squeeze` and `Unsqueeze` in either place. A 0 in `t` means the size of %m's axis, so that
/// the target is written anew from the shape of the result where it is known: numbers, sizes that %x has at the same axis,
/// and at most one other, which becomes -1.
package struct MergeReshapes: NodeRule {
  package init() {}

  static let reshapes: [any Operator.Type] = [Reshape.self, Flatten.self, Squeeze.self, Unsqueeze.self]
  package var roots: RuleRoots { .operators(Self.reshapes) }

  package func rewrite(_ outer: MatchedNode, _ edit: inout Edit) throws(NoMatch) {
    let middle = try outer.operand(0)
    let inner = try middle.anyProducer()
    try require(Self.reshapes.contains { $0 == type(of: inner.op) }, "the operand is not a change of shape")
    try middle.requireSoleUse()
    let x = try inner.operand(0)
    if let reshape = try? outer.narrowed(to: Reshape.self) {
      let target = try reshape[.shape]
      try require(target.isConstant, "the target is not a constant")
      let sizes = try target.integers()
      if reshape.op.allowzero || !sizes.contains(0) {
        return edit.replace(outer.result, with: edit.emit(reshape.op, x.id, target.id))
      }
    }
    let target = try reshapeTarget(from: x.shape(), to: outer.result.shape())
    edit.replace(outer.result, with: edit.emit(Reshape(), x.id, edit.constant(target)))
  }
}
