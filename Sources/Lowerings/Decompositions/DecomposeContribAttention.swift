import GraphIR
import Operators
import Rewriting

/// Says self-attention with one matrix for query, key and value in standard operators. Exact up to rounding.
///
///     %y = com.microsoft::Attention(%x, w, b, %mask) {num_heads: N}
///       →   %p = Add(MatMul(%x, w), b), sliced in three, each reshaped to heads
///           %y = Reshape(Transpose(MatMul(Softmax(scale · MatMul(%q, %kᵀ) + masked), %v)))
///
/// Without past, causality or rotary embedding; the mask has a row for each sequence.
package struct DecomposeContribAttention: RewriteRule {
  package init() {}

  package func rewrite(_ root: Matched<ContribAttention>, _ edit: inout Edit) throws(NoMatch) {
    let (op, x, weights) = (root.op, try root[.x], try root[.weights])
    try require(!op.unidirectional, "attention is causal")
    try require(root.ifPresent(.past) == nil && root.ifPresent(.pastLength) == nil, "there is a past")
    try require((op.doRotary ?? 0) == 0 && (op.pastPresentShareBuffer ?? 0) == 0, "positions are embedded")
    try require(root.node.isUnused(result: 1), "keys and values are results")
    let mask = root.ifPresent(.mask)
    if let mask { try require(mask.rank() == 2, "the mask has no row for each sequence") }
    let width = try weights.fixedShape()
    try require(width.count == 2, "the weights are no matrix")
    let sizes = op.qkvHiddenSizes ?? [width[1] / 3, width[1] / 3, width[1] / 3]
    try require(
      sizes.count == 3 && sizes[0] == sizes[1] && op.numHeads > 0
        && sizes.allSatisfy { $0 > 0 && $0 <= width[1] && $0 % op.numHeads == 0 } && sizes[0] + sizes[1] + sizes[2] == width[1],
      "the sizes do not fit")
    let element = try x.elementType()
    var projected = edit.emit(MatMul(), x.id, weights.id)
    if let bias = root.ifPresent(.bias) { projected = edit.emit(Add(), projected, bias.id) }
    var (start, heads): (Int, [ValueID]) = (0, [])
    for size in sizes {
      let part = edit.sliced(projected, axis: 2, start..<start + size)
      heads.append(edit.headsApart(part, heads: op.numHeads, size: size / op.numHeads))
      start += size
    }
    let parts = AttentionParts(
      q: heads[0], k: heads[1], v: heads[2], scale: attentionScale(op.scale, size: sizes[0] / op.numHeads), element: element, mask: mask,
      maskFilter: op.maskFilterValue ?? -10_000, bias: root.ifPresent(.attentionBias)?.id)
    edit.replace(root.result, with: try edit.attention(parts, width: sizes[2]).output)
  }
}
