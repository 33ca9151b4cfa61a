import GraphIR
import Operators
import Rewriting

/// Says rotary positions by the standard operator. Exact.
///
///     %y = com.microsoft::RotaryEmbedding(%x, %p: i64[N,S], c, s)   →   %y = RotaryEmbedding(%x, c, s, %p)
///
/// Positions are given for each element.
package struct DecomposeRotaryEmbedding: RewriteRule {
  package init() {}

  package func rewrite(_ root: Matched<ContribRotaryEmbedding>, _ edit: inout Edit) throws(NoMatch) {
    let (x, positions, cosines, sines) = try (root[.x], root[.positions], root[.cosines], root[.sines])
    try require(positions.rank() == 2, "only the first position is given")
    let (shape, angles) = try (x.shape(), cosines.shape())
    guard angles.count == 2, let half = angles[1].number, half > 0 else { throw NoMatch("the number of angles is not known") }
    var op = RotaryEmbedding()
    op.interleaved = root.op.interleaved == 1
    let isPartial = (root.op.rotaryEmbeddingDim ?? 0) > 0 && (root.op.numHeads ?? 0) > 0
    op.rotatedSize = isPartial || shape.count == 4 ? 2 * half : 0
    if shape.count == 3 {
      guard let width = shape[2].number else { throw NoMatch("the number of features is not known") }
      let heads = isPartial ? root.op.numHeads ?? 0 : width / (2 * half)
      try require(heads > 0 && width % heads == 0, "the heads do not divide the features")
      op.heads = heads
    }
    edit.replace(root.result, with: edit.emit(op, x.id, cosines.id, sines.id, positions.id))
  }
}
