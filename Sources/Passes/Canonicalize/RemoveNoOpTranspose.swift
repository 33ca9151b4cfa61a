import GraphIR
import Operators
import Rewriting

/// Removes a transposition after which every element is where it was. Exact.
///
///     %y = Transpose(%x) {perm: [0, 1, 2]}              →   %x in place of %y
///     %y = Transpose(%x: f32[1,1,5]) {perm: [1, 0, 2]}  →   %x in place of %y
///
/// Axes of size 1 may move, as long as the others keep their order and the shape stays the same.
package struct RemoveNoOpTranspose: RewriteRule {
  package init() {}

  package func rewrite(_ transpose: Matched<Transpose>, _ edit: inout Edit) throws(NoMatch) {
    let x = try transpose[.x]
    if let perm = transpose.op.perm, perm == Array(perm.indices) {
      return edit.replace(transpose.result, with: x)
    }
    let shape = try x.shape()
    let perm = transpose.op.perm ?? shape.indices.reversed()
    try require(perm.sorted() == Array(shape.indices), "not a permutation of the axes")
    let moving = perm.filter { shape[$0] != 1 }
    try require(moving == moving.sorted(), "the elements move")
    try require(perm.map { shape[$0] } == shape, "the shape changes")
    edit.replace(transpose.result, with: x)
  }
}
