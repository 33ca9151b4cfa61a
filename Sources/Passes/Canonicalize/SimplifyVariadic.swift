import GraphIR
import Operators
import Rewriting

/// Says a sum of two operands as `Add`, which other rules look for, and drops what combines one operand alone. Exact.
///
///     %y = Sum(%a, %b)   →   %y = Add(%a, %b)
///     %y = Max(%a)       →   %a in place of %y     and so for `Sum`, `Mean`, `Min`
package struct SimplifyVariadic: NodeRule {
  package init() {}

  package var roots: RuleRoots { .operators([Sum.self, Mean.self, Max.self, Min.self]) }

  package func rewrite(_ root: MatchedNode, _ edit: inout Edit) throws(NoMatch) {
    let operands = root.operands.compactMap { $0 }
    try require(operands.count == root.operandCount, "an operand is absent")
    if operands.count == 1 { return edit.replace(root.result, with: operands[0]) }
    try require(root.op is Sum && operands.count == 2, "several operands are combined")
    edit.replace(root.result, with: edit.emit(Add(), operands[0].id, operands[1].id))
  }
}
