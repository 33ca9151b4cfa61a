import GraphIR
import Operators
import Rewriting
import Tensors

/// Makes `Attention` of scaled products, a softmax and a weighted sum. Exact up to rounding. From operator set 23.
///
///     %s = MatMul(%q: f32[B,H,L,D], Transpose(%k) {perm: [0, 1, 3, 2]})
///     %p = Softmax(Add(Mul(%s, ⅛), %mask))                                →   %y = Attention(%q, %k, %v, %mask) {scale: ⅛}
///     %y = MatMul(%p, %v)
///
/// The scale may be a factor or divisor of the product, of %q, of the transposed %k, or be missing; the mask may be missing, or choose between
/// scores and negative infinity (`Where`). It must have a row per query and a column per key, since runtimes do not broadcast these. A single head,
/// `f32[B,L,D]`, will do. A query that the mask keeps from every key gives zeros instead of no numbers.
package struct RecognizeAttention: RewriteRule {
  package static let rounds = true
  /// Whether one row of the mask may stand for all queries, as the operator has it but few runtimes.
  private let broadcastsMasks: Bool

  package init(broadcastsMasks: Bool = false) { self.broadcastsMasks = broadcastsMasks }

  package func rewrite(_ sum: Matched<MatMul>, _ edit: inout Edit) throws(NoMatch) {
    let softmax = try sum[.a].soleProducer(Softmax.self)
    try sum.node.requireOpset(23)
    let value = try sum[.b]
    let rank = try value.rank()
    let element = try value.elementType()
    try require((element == .float32 || element == .float16) && (rank == 3 || rank == 4), "the element type or rank")
    try require(softmax.op.axis == -1 || softmax.op.axis == rank - 1, "the softmax is along another axis")
    try require(!softmax.op.coerced, "the softmax is along several axes")
    try softmax[.x].requireSoleUse()
    let (scores, mask) = try unmasked(softmax[.x])
    let chosen = try mask == nil ? unchosen(scores) : nil
    let (product, scale) = try unscaled(chosen?.scores ?? scores)
    try product.requireSoleUse()
    let inner = try product.producerAllowingOtherUses(MatMul.self)
    let (query, factor) = try unscaled(inner[.a])
    let (transposedKey, keyFactor) = try unscaled(inner[.b])
    let (key, innerFactor) = try transposed(transposedKey, &edit)
    let limits = mask ?? chosen?.condition
    try check(query, edit.fact(key).shape, value, limits, isChoice: chosen != nil)
    var op = Attention()
    op.scale = Float(scale * factor * keyFactor * innerFactor)
    if rank == 3 { (op.qHeads, op.kvHeads) = (1, 1) }
    let allowed = limits.map { chosen?.isInverted ?? false ? edit.emit(Not(), $0.id) : $0.id }
    try edit.replace(sum.result, withSameShape: edit.emit(op, operands: [query.id, key, value.id, allowed])[0])
  }

  /// What a mask is added to, and the mask.
  private func unmasked(_ value: MatchedValue) throws(NoMatch) -> (MatchedValue, MatchedValue?) {
    guard let add = try? value.producerAllowingOtherUses(Add.self) else { return (value, nil) }
    let (a, b) = try (add[.a], add[.b])
    let isSwapped = !isProduct(a)
    try require(isSwapped ? isProduct(b) : true, "the mask is not added to a product")
    let (scores, mask) = isSwapped ? (b, a) : (a, b)
    try scores.requireSoleUse()
    return (scores, mask)
  }

  private struct Choice {
    var scores: MatchedValue
    var condition: MatchedValue
    /// True where the condition tells what is left out.
    var isInverted: Bool
  }

  /// Scores of which some become negative infinity.
  private func unchosen(_ value: MatchedValue) throws(NoMatch) -> Choice? {
    guard let choice = try? value.producerAllowingOtherUses(Where.self) else { return nil }
    let (a, b) = try (choice[.a], choice[.b])
    let isInverted = a.isConstant
    let (scores, fill) = isInverted ? (b, a) : (a, b)
    try require(try fill.number() == -.infinity, "what is left out does not become negative infinity")
    try scores.requireSoleUse()
    return try Choice(scores: scores, condition: choice[.condition], isInverted: isInverted)
  }

  private func isProduct(_ value: MatchedValue) -> Bool {
    guard let (product, _) = try? unscaled(value) else { return false }
    return (try? product.producerAllowingOtherUses(MatMul.self)) != nil
  }

  /// `x` and the number of `x · number`, for this use only; the value itself and 1 otherwise.
  private func unscaled(_ value: MatchedValue) throws(NoMatch) -> (MatchedValue, Double) {
    guard value.isSolelyUsed, let node = try? value.anyProducer(), let scale = try? node.uniformScale(), let x = try? node.scaledOperand(),
      scale > 0, scale.isFinite
    else { return (value, 1) }
    return (x, scale)
  }

  /// The value with its last two axes swapped: what was there before a transposition, where there is one, and what that was scaled by.
  private func transposed(_ value: MatchedValue, _ edit: inout Edit) throws(NoMatch) -> (ValueID, Double) {
    let rank = try value.rank()
    var swap = Array(0..<rank)
    swap.swapAt(rank - 1, rank - 2)
    guard let transpose = try? value.soleProducer(Transpose.self) else { return (edit.emit(Transpose(perm: swap), value.id), 1) }
    let perm = try transpose.permutation()
    let composed = swap.map { perm[$0] }
    let (x, factor) = try unscaled(transpose[.x])
    return (composed == Array(0..<rank) ? x.id : edit.emit(Transpose(perm: composed), x.id), factor)
  }

  /// Nothing but the batch's and the heads' own sizes, so that nothing is broadcast.
  private func check(_ query: MatchedValue, _ key: [Dim]?, _ value: MatchedValue, _ mask: MatchedValue?, isChoice: Bool) throws(NoMatch) {
    let (q, v) = try (query.shape(), value.shape())
    guard let k = key, q.count == v.count, k.count == v.count else { throw NoMatch("the ranks differ", query.id) }
    let rank = q.count
    try require(q.dropLast(2) == v.dropLast(2) && k.dropLast(2) == v.dropLast(2), "the batches or heads differ")
    try require(q[rank - 1] == k[rank - 1] && k[rank - 2] == v[rank - 2], "the sizes do not fit")
    guard let mask else { return }
    let shape = try mask.shape()
    try require(try mask.elementType() == (isChoice ? .bool : value.elementType()), "the mask is of another element type")
    try require(shape.count >= 2 && shape.count <= 4, "the mask has another rank")
    let hasRows = shape[shape.count - 2] == q[rank - 2] || broadcastsMasks && shape[shape.count - 2] == 1
    try require(hasRows && shape[shape.count - 1] == k[rank - 2], "the mask does not have a row per query and a column per key")
    // A mask of rank 3 is one per batch entry beside operands of rank 3, and one per head beside those of rank 4.
    if rank == 3 { return try require(shape.dropLast(2).allSatisfy { $0 == 1 }, "the mask differs from entry to entry of the batch") }
    for (size, own) in zip(shape.dropLast(2).reversed(), q.dropLast(2).reversed()) {
      try require(size == own || size == 1, "the mask does not fit batch and heads")
    }
  }
}

extension MatchedNode {
  /// What a product or quotient with a constant scales.
  func scaledOperand() throws(NoMatch) -> MatchedValue { try op is Mul ? constantLast().x : operand(0) }
}
