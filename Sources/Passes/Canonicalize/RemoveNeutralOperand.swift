import GraphIR
import Operators
import Rewriting

/// Removes arithmetic with an operand that changes nothing. Exact but for the sign of zero in `x + 0`.
///
///     %y = Add(%x, 0)   %y = Sub(%x, 0)   %y = Mul(%x, 1)   %y = Div(%x, 1)   %y = Pow(%x, 1)   →   %x in place of %y
///
/// The constant holds nothing else, and is not so large that broadcasting against it gives %x another shape.
package struct RemoveNeutralOperand: NodeRule {
  package init() {}

  package var roots: RuleRoots { .operators([Add.self, Sub.self, Mul.self, Div.self, Pow.self]) }

  package func rewrite(_ root: MatchedNode, _ edit: inout Edit) throws(NoMatch) {
    let (a, b) = try (root.operand(0), root.operand(1))
    let neutral: Double = root.op is Add || root.op is Sub ? 0 : 1
    let isCommutative = root.op is Add || root.op is Mul
    let x = isCommutative && a.isConstant ? b : a
    let constant = try (x == a ? b : a).constant()
    try require(constant.isSplat(of: neutral), "the constant is not neutral")
    try x.requireSameShape(as: root.result)
    edit.replace(root.result, with: x)
  }
}
