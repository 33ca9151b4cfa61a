import GraphIR
import Operators
import Rewriting

/// Removes a function that undoes itself. Exact.
///
///     %a = Neg(%x)
///     %y = Neg(%a)   →   %x in place of %y
///
/// for `Neg` and `Not`.
package struct RemoveInvolution: NodeRule {
  package init() {}

  package var roots: RuleRoots { .operators([Neg.self, Not.self]) }

  package func rewrite(_ outer: MatchedNode, _ edit: inout Edit) throws(NoMatch) {
    let inner = try outer.operand(0).anyProducer()
    try require(type(of: inner.op) == type(of: outer.op), "the operand is the result of another operator")
    try edit.replace(outer.result, with: inner.operand(0))
  }
}
