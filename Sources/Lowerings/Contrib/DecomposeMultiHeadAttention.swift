import GraphIR
import Operators
import Rewriting

/// Says attention between query, key and value in standard operators. Exact up to rounding.
///
///     %y, %pk, %pv = com.microsoft::MultiHeadAttention(%q, %k, %v, b, %mask, _, %past, %pastv)
///       →   heads of %q, %k and %v with their parts of the bias, %pk and %pv with the past before them,
///           %y = Reshape(Transpose(MatMul(Softmax(scale · MatMul(%q, %pkᵀ) + masked), %pv)))
///
/// Query, key and value are three matrices a sequence; a mask by sequence gives ends alone.
package struct DecomposeMultiHeadAttention: RewriteRule {
  package init() {}

  package func rewrite(_ root: Matched<MultiHeadAttention>, _ edit: inout Edit) throws(NoMatch) {
    let op = root.op
    let (query, key, value) = try (root[.query], root[.key], root[.value])
    try require(root.ifPresent(.pastLength) == nil && root.ifPresent(.cacheIndirection) == nil, "past and present share a buffer")
    let ranks = try [query.rank(), key.rank(), value.rank()]
    try require(ranks == [3, 3, 3], "heads are packed or lie apart")
    guard let width = try query.shape()[2].number, let valueWidth = try value.shape()[2].number else { throw NoMatch("a size is not known") }
    let heads = op.numHeads
    try require(heads > 0 && width > 0 && valueWidth > 0 && width % heads == 0 && valueWidth % heads == 0, "the heads do not divide the features")
    let bias = root.ifPresent(.bias)
    func apart(_ x: MatchedValue, _ width: Int, at start: Int) -> ValueID {
      let own = bias.map { edit.emit(Add(), x.id, edit.sliced($0.id, axis: 0, start..<start + width)) } ?? x.id
      return edit.headsApart(own, heads: heads, size: width / heads)
    }
    let (q, newKey, newValue) = (apart(query, width, at: 0), apart(key, width, at: width), apart(value, valueWidth, at: 2 * width))
    let (k, v) = (joined(root.ifPresent(.pastKey), newKey, &edit), joined(root.ifPresent(.pastValue), newValue, &edit))
    let parts = AttentionParts(
      q: q, k: k, v: v, scale: attentionScale(op.scale, size: width / heads), element: try query.elementType(),
      mask: root.ifPresent(.paddingMask),
      maskFilter: op.maskFilterValue ?? -10_000, bias: root.ifPresent(.attentionBias)?.id, isCausal: op.unidirectional)
    let (output, scores) = try edit.attention(parts, width: valueWidth)
    for (index, result) in [output, k, v, scores].enumerated() where index == 0 || !root.node.isUnused(result: index) {
      edit.replace(root.result(index), with: result)
    }
  }

  private func joined(_ past: MatchedValue?, _ new: ValueID, _ edit: inout Edit) -> ValueID {
    guard let past else { return new }
    var concat = Concat()
    concat.axis = 2
    return edit.emit(concat, past.id, new)
  }
}
