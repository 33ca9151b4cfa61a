import GraphIR
import Operators
import Rewriting

/// Lets attention split its operands into heads, and join them, itself. Exact. From operator set 23.
///
///     %q = Transpose(Reshape(%a: f32[B,L,H·D], [0,0,H,D])) {perm: [0, 2, 1, 3]}     likewise %k of %b, %v of %c
///     %s = Attention(%q, %k, %v)
///     %t = Transpose(%s) {perm: [0, 2, 1, 3]}
///     %y = Reshape(%t, [0, 0, H·D])   →   %y = Attention(%a, %b, %c) {q_num_heads: H, kv_num_heads: H}
package struct AbsorbHeadsIntoAttention: RewriteRule {
  package init() {}

  package func rewrite(_ attention: Matched<Attention>, _ edit: inout Edit) throws(NoMatch) {
    try require(attention.ifPresent(.pastKey) == nil && attention.ifPresent(.pastValue) == nil, "there are earlier keys")
    try require((1..<4).allSatisfy(attention.node.isUnused), "keys, values or scores are results too")
    let (query, heads) = try flat(attention[.q])
    let (key, keyHeads) = try flat(attention[.k])
    let (value, valueHeads) = try flat(attention[.v])
    try require(keyHeads == valueHeads, "keys and values differ in heads")
    let transposed = try attention.result.soleUser()
    let transpose = try transposed.narrowed(to: Transpose.self)
    try require(try transpose.permutation() == [0, 2, 1, 3], "the heads are not joined afterwards")
    let joined = try transpose.result.soleUser()
    try require(joined.op is Reshape, "the heads are not joined afterwards")
    var op = attention.op
    (op.qHeads, op.kvHeads) = (heads, keyHeads)
    var operands = attention.node.operands.map { $0?.id }
    operands.replaceSubrange(0..<3, with: [query.id, key.id, value.id])
    try edit.replace(joined.result, withSameShape: edit.emit(op, operands: operands)[0])
  }

  /// `[B, L, H·D]` of what is split into `[B, H, L, D]`, and H.
  private func flat(_ value: MatchedValue) throws(NoMatch) -> (MatchedValue, Int) {
    let transpose = try value.soleProducer(Transpose.self)
    try require(try transpose.permutation() == [0, 2, 1, 3], "the axes of the heads move elsewhere")
    let reshape = try transpose[.x].soleProducer(Reshape.self)
    let (x, shape, split) = try (reshape[.data], reshape[.data].shape(), reshape.result.shape())
    guard shape.count == 3, split.count == 4, Array(split.prefix(2)) == Array(shape.prefix(2)), let heads = split[2].number,
      split[2] * split[3] == shape[2]
    else { throw NoMatch("the operand is not split into heads", value.id) }
    return (x, heads)
  }
}
