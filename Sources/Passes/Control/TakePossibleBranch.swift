import Diagnostics
import GraphIR
import Operators
import Rewriting

/// Replaces a choice by its only branch that can run, where sizes or element types contradict each other in the other one. Exact: with
/// the other branch there is no result.
///
///     %y = If(%c, %x: f32[2]) {then_branch: … %t = Relu(%x), else_branch: … %e = Transpose(%x) {perm: [1, 0]}}   →   %y = Relu(%x)
package struct TakePossibleBranch: RewriteRule {
  package init() {}

  package func rewrite(_ choice: Matched<If>, _ edit: inout Edit) throws(NoMatch) {
    let possible = choice.op.graphs.filter(canRun)
    try require(possible.count == 1, "it is not so that one branch can run and the other cannot")
    guard let branch = possible.first else { return }
    try edit.inline(branch, of: choice)
  }

  private func canRun(_ graph: Graph) -> Bool {
    var copy = graph
    var inference = TypeInference()
    do throws(ModelError) {
      try inference.run(on: &copy)
      return true
    } catch {
      return error.code != .typeMismatch
    }
  }
}
