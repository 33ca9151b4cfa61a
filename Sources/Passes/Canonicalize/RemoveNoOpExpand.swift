import GraphIR
import Operators
import Rewriting

/// Removes a repetition that repeats nothing. Exact.
///
///     %y = Expand(%x: f32[N,8], %shape)   : f32[N,8]   →   %x in place of %y
///
/// and the same for `Tile`. Sizes may be symbols, when they are equal ones.
package struct RemoveNoOpExpand: NodeRule {
  package init() {}

  package var roots: RuleRoots { .operators([Expand.self, Tile.self]) }

  package func rewrite(_ root: MatchedNode, _ edit: inout Edit) throws(NoMatch) {
    let x = try root.operand(0)
    try x.requireSameShape(as: root.result)
    edit.replace(root.result, with: x)
  }
}
