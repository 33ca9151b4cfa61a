import Diagnostics
import GraphIR
import Operators
import Rewriting
import Tensors

/// Makes `RotaryEmbedding` of the turning of pairs by their angles. Exact. From operator set 23.
///
///     %c = Unsqueeze(Cos(Concat(%f: f32[B,L,D/2], %f)), [1])      %s likewise of Sin
///     %h = Concat(Neg(%x[…, D/2:]), %x[…, :D/2]) {axis: -1}
///     %y = Add(Mul(%x, %c), Mul(%h, %s))                          →   %y = RotaryEmbedding(%x, Cos(%f), Sin(%f))
///
/// or of cosines and sines `f32[B,L,D/2]` that are given, doubled the same way. %x is `f32[B,H,L,D]`, cut in halves by slices or a split.
/// Cosines and sines may be constants `[1,1,L,D]` whose halves are equal, where the batch has one entry.
package struct RecognizeRotaryEmbedding: RewriteRule {
  package static let rounds = true
  package init() {}

  package func rewrite(_ sum: Matched<Add>, _ edit: inout Edit) throws(NoMatch) {
    let (first, second) = try (sum[.a].soleProducer(Mul.self), sum[.b].soleProducer(Mul.self))
    try sum.node.requireOpset(23)
    guard let (x, sines, straight) = turned(first, second) ?? turned(second, first) else {
      throw NoMatch("neither product is of the halves swapped", sum.result.id)
    }
    try x.requireSinglePrecision()
    let (a, b) = try (straight[.a], straight[.b])
    try require(a == x || b == x, "the products are of different values")
    let shape = try x.shape()
    guard shape.count == 4, let size = shape[3].number, size % 2 == 0 else { throw NoMatch("the heads have an odd or open size", x.id) }
    let expected = [shape[0], shape[2], .number(size / 2)]
    let cosine = try cache(a == x ? b : a, Cos.self, Cos(), expected, &edit)
    let sine = try cache(sines, Sin.self, Sin(), expected, &edit)
    edit.replace(sum.result, with: edit.emit(RotaryEmbedding(), x.id, cosine, sine))
  }

  /// `x` and the sines of `swapped(x) · sines`, and the other product.
  private func turned(
    _ product: Matched<Mul>, _ other: Matched<Mul>
  ) -> (MatchedValue, MatchedValue, Matched<Mul>)? {
    guard let a = try? product[.a], let b = try? product[.b] else { return nil }
    for (value, sines) in [(a, b), (b, a)] {
      guard let concat = try? value.soleProducer(Concat.self), let x = try? swapped(concat) else { continue }
      return (x, sines, other)
    }
    return nil
  }

  /// `x` of its second half, negated, before its first.
  private func swapped(_ concat: Matched<Concat>) throws(NoMatch) -> MatchedValue {
    let parts = concat.all(from: .inputs).compactMap { $0 }
    let rank = try concat.result.rank()
    try require(parts.count == 2 && (concat.op.axis == -1 || concat.op.axis == rank - 1), "not two halves of the last axis")
    let (upper, lower) = try (half(parts[0].soleProducer(Neg.self).node.operand(0)), half(parts[1]))
    try require(upper.index == 1 && lower.index == 0 && upper.x == lower.x, "the halves are not those of one value")
    return upper.x
  }

  /// Which half of the last axis of a value this is.
  private func half(_ value: MatchedValue) throws(NoMatch) -> (x: MatchedValue, index: Int) {
    let part = try LastAxisPart(value)
    let index = part.range.lowerBound == 0 ? 0 : 1
    try require(part.size % 2 == 0 && part.range == index * part.size / 2..<(index + 1) * part.size / 2, "not a half of the last axis")
    return (part.whole, index)
  }

  /// One half of the cosines or sines, `[B, L, D/2]`.
  private func cache<Function: Operator>(
    _ value: MatchedValue, _ type: Function.Type, _ function: Function, _ expected: [Dim], _ edit: inout Edit
  ) throws(NoMatch) -> ValueID {
    if value.isConstant { return try constantCache(value, expected, &edit) }
    let unsqueeze = try value.producerAllowingOtherUses(Unsqueeze.self)
    try require(try unsqueeze[.axes].integers() == [1], "the angles are not the same for all heads")
    let data = try unsqueeze[.data]
    let isGiven = (try? data.producerAllowingOtherUses(Concat.self)) != nil
    let doubled = try isGiven ? data : data.producerAllowingOtherUses(type).node.operand(0)
    let concat = try doubled.producerAllowingOtherUses(Concat.self)
    let parts = concat.all(from: .inputs).compactMap { $0 }
    try require(parts.count == 2 && parts[0] == parts[1], "the angles of the halves differ")
    try require(concat.op.axis == -1 || concat.op.axis == 2, "the angles of the halves differ")
    try require(try parts[0].shape() == expected, "the angles do not fit")
    return isGiven ? parts[0].id : edit.emit(function, parts[0].id)
  }

  private func constantCache(_ value: MatchedValue, _ expected: [Dim], _ edit: inout Edit) throws(NoMatch) -> ValueID {
    let tensor = try value.constant()
    guard let length = expected[1].number, let half = expected[2].number, expected[0] == 1, tensor.element.isFloatingPoint,
      tensor.shape.drop(while: { $0 == 1 }) == [length, 2 * half].drop(while: { $0 == 1 })[...], tensor.rank <= 4, !tensor.isDeferred
    else { throw NoMatch("the constant angles do not fit", value.id) }
    let numbers = try edit.computing { () throws(ModelError) in try tensor.converted(to: .float64) }
    guard let elements = try? numbers.doubles() else { throw NoMatch("the constant angles do not fit", value.id) }
    let rows = (0..<length).map { elements[$0 * 2 * half..<($0 + 1) * 2 * half] }
    try require(rows.allSatisfy { $0.prefix(half).elementsEqual($0.suffix(half)) }, "the angles of the halves differ")
    return edit.constant(
      try edit.computing { () throws(ModelError) in
        try Tensor(.float64, [1, length, half], elements: rows.flatMap { $0.prefix(half) }).converted(to: tensor.element)
      })
  }
}
