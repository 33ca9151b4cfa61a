import GraphIR
import Operators
import Rewriting

/// Removes a split into one part. Exact.
///
///     %y = Split(%x: f32[N,8]) {axis: 1, num_outputs: 1}   →   %x in place of %y
package struct RemoveNoOpSplit: RewriteRule {
  package init() {}

  package func rewrite(_ split: Matched<Split>, _ edit: inout Edit) throws(NoMatch) {
    try require(split.node.resultCount == 1, "there are several parts")
    // One size, other than the axis's own, is an error that has to remain one.
    let x = try split[.data]
    try x.requireSameShape(as: split.result)
    edit.replace(split.result, with: x)
  }
}
