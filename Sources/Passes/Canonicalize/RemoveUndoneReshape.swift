import GraphIR
import Operators
import Rewriting

/// Removes changes of shape that lead back, whoever else uses what is in between. Exact.
///
///     %s = Squeeze(%x: f32[1,N,4], [0])
///     %y = Unsqueeze(%s, [0])             →   %x in place of %y
package struct RemoveUndoneReshape: NodeRule {
  package init() {}

  package var roots: RuleRoots { .operators(MergeReshapes.reshapes) }

  package func rewrite(_ outer: MatchedNode, _ edit: inout Edit) throws(NoMatch) {
    let inner = try outer.operand(0).anyProducer()
    try require(MergeReshapes.reshapes.contains { $0 == type(of: inner.op) }, "the operand is not a change of shape")
    let x = try inner.operand(0)
    try x.requireSameShape(as: outer.result)
    try require(try x.shape().allSatisfy { $0 != .unknown }, "the shape is not known")
    edit.replace(outer.result, with: x)
  }
}
