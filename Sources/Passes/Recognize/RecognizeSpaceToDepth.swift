import GraphIR
import Operators
import Rewriting

/// Makes `SpaceToDepth` of the axes' splitting, moving and joining. Exact.
///
///     %s = Reshape(%x: f32[N,C,H·b,W·b], [N,C,H,b,W,b])
///     %t = Transpose(%s) {perm: [0, 3, 5, 1, 2, 4]}
///     %y = Reshape(%t, [N,b²·C,H,W])                     →   %y = SpaceToDepth(%x) {blocksize: b}
package struct RecognizeSpaceToDepth: RewriteRule {
  package init() {}

  package func rewrite(_ joining: Matched<Reshape>, _ edit: inout Edit) throws(NoMatch) {
    let (x, sizes, perm) = try joining.movedAxes()
    let shape = try x.shape()
    try require(perm == [0, 3, 5, 1, 2, 4], "the axes move elsewhere")
    var op = SpaceToDepth()
    op.blocksize = try joining.node.block(sizes[3], sizes[5])
    let block = Dim.number(op.blocksize)
    try require([sizes[0], sizes[1], sizes[2] * block, sizes[4] * block] == shape, "other axes than height and width are split")
    let y = edit.emit(op, x.id)
    try require(edit.fact(y).shape == joining.result.type?.shape, "the axes are joined otherwise")
    edit.replace(joining.result, with: y)
  }
}
