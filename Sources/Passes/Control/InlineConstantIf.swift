import GraphIR
import Operators
import Rewriting

/// Replaces a choice that is always the same by the branch it takes. Exact.
///
///     %c = const bool true
///     %y = If(%c, %x) {then_branch: graph() captures (%x) -> (%t) { %t = Relu(%x) }, …}   →   %y = Relu(%x)
package struct InlineConstantIf: RewriteRule {
  package init() {}

  package func rewrite(_ choice: Matched<If>, _ edit: inout Edit) throws(NoMatch) {
    let condition = try choice[.condition].constant()
    guard condition.count == 1, let flag = try? condition.integers().first else { throw NoMatch("the condition is not a truth value") }
    try edit.inline(flag != 0 ? choice.op.thenBranch : choice.op.elseBranch, of: choice)
  }
}

extension Edit {
  /// Puts the nodes of a branch in the place of the choice.
  mutating func inline(_ branch: Graph, of choice: Matched<If>) throws(NoMatch) {
    try require(branch.outputs.count == choice.node.resultCount, "the branch has another number of outputs")
    let captures = choice.node.operands.suffix(branch.captures.count).map { $0?.id }
    for (index, value) in splice(branch, captures: captures).enumerated() { replace(choice.result(index), with: value) }
    retireRoot()
  }
}
