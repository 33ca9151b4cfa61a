import GraphIR
import Operators
import Rewriting

/// Removes a change of shape that gives the shape that is there already. Exact.
///
///     %y = Reshape(%x: f32[N,12], [0, 12])   : f32[N,12]   →   %x in place of %y
///
/// and the same for `Flatten`, `Squeeze` and `Unsqueeze`. Sizes may be symbols, when they are equal ones.
package struct RemoveNoOpReshape: NodeRule {
  package init() {}

  package var roots: RuleRoots { .operators([Reshape.self, Flatten.self, Squeeze.self, Unsqueeze.self]) }

  package func rewrite(_ root: MatchedNode, _ edit: inout Edit) throws(NoMatch) {
    let x = try root.operand(0)
    try x.requireSameShape(as: root.result)
    edit.replace(root.result, with: x)
  }
}
