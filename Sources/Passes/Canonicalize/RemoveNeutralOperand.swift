import GraphIR
import Operators
import Rewriting

/// Removes arithmetic with an operand that changes nothing. Exact but for the sign of zero in `x + 0`.
///
///     %y = Add(%x, 0)   %y = Sub(%x, 0)   %y = Mul(%x, 1)   %y = Div(%x, 1)   %y = Pow(%x, 1)   →   %x in place of %y
///     %y = Max(%x, -∞)   %y = Min(%x, ∞)   %y = And(%x, true)   %y = Or(%x, false)   %y = Xor(%x, false)
///
/// The constant holds nothing else, and is not so large that broadcasting against it gives %x another shape.
package struct RemoveNeutralOperand: NodeRule {
  package init() {}

  package var roots: RuleRoots { .operators([Add.self, Sub.self, Mul.self, Div.self, Pow.self, Max.self, Min.self, And.self, Or.self, Xor.self]) }

  package func rewrite(_ root: MatchedNode, _ edit: inout Edit) throws(NoMatch) {
    try require(root.operandCount == 2, "there are not two operands")
    let (a, b) = try (root.operand(0), root.operand(1))
    let neutral = neutralNumber(root.op)
    let isCommutative = !(root.op is Sub || root.op is Div || root.op is Pow)
    let x = isCommutative && a.isConstant ? b : a
    let constant = try (x == a ? b : a).constant()
    try require(constant.isSplat(of: neutral), "the constant is not neutral")
    try x.requireSameShape(as: root.result)
    edit.replace(root.result, with: x)
  }

  private func neutralNumber(_ op: any Operator) -> Double {
    switch op {
    case is Add, is Sub, is Or, is Xor: 0
    case is Max: -.infinity
    case is Min: .infinity
    default: 1
    }
  }
}
