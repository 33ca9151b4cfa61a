import GraphIR
import Operators
import Rewriting

/// Pools over everything are reductions, which work in either order of axes. Exact.
struct ReduceGlobalPools: NodeRule {
  var roots: RuleRoots { .operators([GlobalAveragePool.self, GlobalMaxPool.self]) }

  func rewrite(_ node: MatchedNode, _ edit: inout Edit) throws(NoMatch) {
    let x = try node.operand(0)
    let axes = edit.constant(Array(2..<(try x.rank())))
    let result = node.op is GlobalMaxPool ? edit.emit(ReduceMax(), x.id, axes) : edit.emit(ReduceMean(), x.id, axes)
    edit.replace(node.result, with: result)
  }
}
