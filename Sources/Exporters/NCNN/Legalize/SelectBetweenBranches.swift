import GraphIR
import Operators
import Rewriting

/// Computes both branches of a choice and takes the results of one. Exact where the target's `Where` is, whatever the other branch gives.
///
///     %y = If(%c, %x) {then_branch: graph() captures (%x) -> (%a) { %a = Relu(%x) },      %a = Relu(%x)
///                      else_branch: graph() captures (%x) -> (%b) { %b = Neg(%x) }}   →   %b = Neg(%x)
///                                                                                         %y = Where(%c, %a, %b)
///
/// For networks whose layers all run: branches that only compute, and whose results have the same type.
package struct SelectBetweenBranches: RewriteRule {
  package init() {}

  package func rewrite(_ choice: Matched<If>, _ edit: inout Edit) throws(NoMatch) {
    let branches = choice.op.graphs
    let count = choice.node.resultCount
    for branch in branches {
      try require(branch.outputs.count == count, "a branch has another number of outputs")
      try require(branch.nodeIDs.allSatisfy { branch[$0].op.isPure }, "a branch does more than compute")
    }
    for index in 0..<count {
      guard let a = branches[0][branches[0].outputs[index]].type?.tensorType, let b = branches[1][branches[1].outputs[index]].type?.tensorType,
        let shape = a.shape, a == b, !shape.contains(.unknown)
      else { throw NoMatch("the branches give tensors of different sizes, or of unknown ones") }
    }
    let condition = try choice[.condition].id
    let own = choice.node.operands.count - branches[0].captures.count
    let captures = choice.node.operands.dropFirst(own).map { $0?.id }
    let taken = edit.splice(branches[0], captures: captures)
    let other = edit.splice(branches[1], captures: captures)
    for index in 0..<count { edit.replace(choice.result(index), with: edit.emit(Where(), condition, taken[index], other[index])) }
    edit.retireRoot()
  }
}
