import GraphIR
import Operators
import Rewriting

/// Drops a change of shape that is overridden behind a function of one element. Exact.
///
///     %r = Reshape(%x, s)
///     %e = Relu(%r)                       %e = Relu(%x)
///     %y = Reshape(%e, t)             →   %y = Reshape(%e, t)
///
/// and the same for `Flatten`, `Squeeze` and `Unsqueeze` in either place, and for casts in between.
package struct MergeReshapesAroundFunction: NodeRule {
  package init() {}

  package var roots: RuleRoots { .operators(MergeReshapes.reshapes) }

  package func rewrite(_ outer: MatchedNode, _ edit: inout Edit) throws(NoMatch) {
    let middle = try outer.operand(0)
    let function = try middle.anyProducer()
    try require(function.op is any ElementwiseUnary || function.op is Cast, "the operand is not a function of one element")
    try middle.requireSoleUse()
    let moved = try function.operand(0)
    let inner = try moved.anyProducer()
    try require(MergeReshapes.reshapes.contains { $0 == type(of: inner.op) }, "what it is applied to is not a change of shape")
    try moved.requireSoleUse()
    let x = try inner.operand(0)
    let (from, to) = try (x.shape(), outer.result.shape())
    let target = try reshapeTarget(from: from, to: to)
    let value = edit.emit(function.op, x.id)
    let isWhole = from == to && !from.contains(.unknown)
    edit.replace(outer.result, with: isWhole ? value : edit.emit(Reshape(), value, edit.constant(target)))
  }
}
