import Diagnostics
import GraphIR
import Operators
import Rewriting
import Tensors

/// Says self-attention with one matrix for query, key and value in standard operators. Exact up to rounding.
///
///     %y, %n = com.microsoft::Attention(%x, w, b, %mask, %past) {num_heads: N}
///       →   %p = Add(MatMul(%x, w), b), sliced in three, each reshaped to heads, keys and values joined to the past
///           %y = Reshape(Transpose(MatMul(Softmax(scale · MatMul(%q, %kᵀ) + masked), %v)))
///           %n = Concat(Unsqueeze(%k), Unsqueeze(%v))
///
/// Without rotary embedding; a mask by sequence does not give both begins and ends.
package struct DecomposeContribAttention: RewriteRule {
  package init() {}

  package func rewrite(_ root: Matched<ContribAttention>, _ edit: inout Edit) throws(NoMatch) {
    let (op, x) = (root.op, try root[.x])
    try require(root.ifPresent(.pastLength) == nil && (op.pastPresentShareBuffer ?? 0) == 0, "past and present share a buffer")
    try require((op.doRotary ?? 0) == 0, "positions are embedded")
    let sizes = try sizes(root)
    let hasPresent = !root.node.isUnused(result: 1)
    try require(sizes[1] == sizes[2] || !hasPresent && root.ifPresent(.past) == nil, "keys and values differ in size")
    let element = try x.elementType()
    var projected = edit.emit(MatMul(), x.id, try root[.weights].id)
    if let bias = root.ifPresent(.bias) { projected = edit.emit(Add(), projected, bias.id) }
    var (start, heads): (Int, [ValueID]) = (0, [])
    for size in sizes {
      let part = edit.sliced(projected, axis: 2, start..<start + size)
      heads.append(edit.headsApart(part, heads: op.numHeads, size: size / op.numHeads))
      start += size
    }
    if let past = root.ifPresent(.past) {
      heads[1] = try joined(past, 0, heads[1], &edit)
      heads[2] = try joined(past, 1, heads[2], &edit)
    }
    let parts = AttentionParts(
      q: heads[0], k: heads[1], v: heads[2], scale: attentionScale(op.scale, size: sizes[0] / op.numHeads), element: element,
      mask: root.ifPresent(.mask), maskFilter: op.maskFilterValue ?? -10_000, bias: root.ifPresent(.attentionBias)?.id,
      isCausal: op.unidirectional)
    edit.replace(root.result, with: try edit.attention(parts, width: sizes[2]).output)
    guard hasPresent else { return }
    let stacked = (edit.emit(Unsqueeze(), heads[1], edit.constant([0])), edit.emit(Unsqueeze(), heads[2], edit.constant([0])))
    edit.replace(root.result(1), with: edit.emit(Concat(), stacked.0, stacked.1))
  }

  /// How many columns of the weights are query, key and value.
  private func sizes(_ root: Matched<ContribAttention>) throws(NoMatch) -> [Int] {
    let (op, width) = (root.op, try root[.weights].fixedShape())
    try require(width.count == 2, "the weights are no matrix")
    let sizes = op.qkvHiddenSizes ?? [width[1] / 3, width[1] / 3, width[1] / 3]
    try require(
      sizes.count == 3 && sizes[0] == sizes[1] && op.numHeads > 0
        && sizes.allSatisfy { $0 > 0 && $0 <= width[1] && $0 % op.numHeads == 0 } && sizes[0] + sizes[1] + sizes[2] == width[1],
      "the sizes do not fit")
    return sizes
  }

  /// One part of the past, and what is new after it.
  private func joined(_ past: MatchedValue, _ part: Int, _ new: ValueID, _ edit: inout Edit) throws(NoMatch) -> ValueID {
    let index = edit.constant(try edit.computing { () throws(ModelError) in try Tensor.scalar(part) })
    var concat = Concat()
    concat.axis = 2
    return edit.emit(concat, edit.emit(Gather(), past.id, index), new)
  }
}
