import GraphIR
import Operators
import Rewriting

/// Removes a function applied to its own result, where that changes nothing. Exact.
///
///     %a = Relu(%x)
///     %y = Relu(%a)   →   %a in place of %y
///
/// for `Relu`, `Ceil`, `Floor`, `Round`, `Abs`, `Sign`, and `Clip` with the same bounds.
package struct RemoveRepeated: NodeRule {
  package init() {}

  package var roots: RuleRoots { .operators([Relu.self, Ceil.self, Floor.self, Round.self, Abs.self, Sign.self, Clip.self]) }

  package func rewrite(_ outer: MatchedNode, _ edit: inout Edit) throws(NoMatch) {
    let x = try outer.operand(0)
    let inner = try x.anyProducer()
    try require(type(of: inner.op) == type(of: outer.op), "the operand is the result of another operator")
    let bounds = (outer.operands.dropFirst(), inner.operands.dropFirst())
    try require(Array(bounds.0) == Array(bounds.1), "the bounds differ")
    edit.replace(outer.result, with: x)
  }
}
