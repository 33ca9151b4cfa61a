import GraphIR
import Operators
import Rewriting

/// Makes `DepthToSpace` of the axes' splitting, moving and joining. Exact.
///
///     %s = Reshape(%x: f32[N,C·b²,H,W], [N,C,b,b,H,W])
///     %t = Transpose(%s) {perm: [0, 1, 4, 2, 5, 3]}
///     %y = Reshape(%t, [N,C,H·b,W·b])                    →   %y = DepthToSpace(%x) {blocksize: b, mode: "CRD"}
///
/// With `[N,b,b,C,H,W]` and `[0, 3, 4, 1, 5, 2]`, the mode is `DCR`.
package struct RecognizeDepthToSpace: RewriteRule {
  package init() {}

  package func rewrite(_ joining: Matched<Reshape>, _ edit: inout Edit) throws(NoMatch) {
    let (x, sizes, perm) = try joining.movedAxes()
    let shape = try x.shape()
    var op = DepthToSpace()
    switch perm {
    case [0, 1, 4, 2, 5, 3]: (op.mode, op.blocksize) = (.columnFirst, try joining.node.block(sizes[2], sizes[3]))
    case [0, 3, 4, 1, 5, 2]: (op.mode, op.blocksize) = (.depthFirst, try joining.node.block(sizes[1], sizes[2]))
    default: throw NoMatch("the axes move elsewhere")
    }
    if op.mode == .columnFirst { try joining.node.requireOpset(11) }
    try require([sizes[0], sizes[4], sizes[5]] == [shape[0], shape[2], shape[3]], "other axes than the channels are split")
    let y = edit.emit(op, x.id)
    try require(edit.fact(y).shape == joining.result.type?.shape, "the axes are joined otherwise")
    edit.replace(joining.result, with: y)
  }
}

extension Matched<Reshape> {
  /// The image, the six sizes its axes are split into, and how they move before this node joins them.
  func movedAxes() throws(NoMatch) -> (x: MatchedValue, sizes: [Dim], perm: [Int]) {
    let transpose = try self[.data].soleProducer(Transpose.self)
    let splitting = try transpose[.x].soleProducer(Reshape.self)
    let (x, sizes) = try (splitting[.data], splitting.result.shape())
    try require(try x.rank() == 4 && sizes.count == 6, "the image is not split into six axes")
    let element = try x.elementType()
    try require(element == .float32 || element == .float64, "the element type")
    return (x, sizes, try transpose.permutation())
  }
}

extension MatchedNode {
  func block(_ height: Dim, _ width: Dim) throws(NoMatch) -> Int {
    guard let size = height.number, height == width, size > 1 else { throw NoMatch("the blocks are not squares") }
    return size
  }
}
