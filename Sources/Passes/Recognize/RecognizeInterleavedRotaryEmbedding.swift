import Diagnostics
import GraphIR
import Operators
import Rewriting
import Tensors

/// Makes `RotaryEmbedding` of the turning of neighbours by their angles. Exact up to rounding. From operator set 23.
///
///     %a, %b = Slice(%x: f32[B,H,L,D], …) {every other element, from 0 and from 1}
///     %p = Sub(Mul(%a, %c: f32[B,1,L,D/2]), Mul(%b, %s))
///     %q = Add(Mul(%a, %s), Mul(%b, %c))
///     %y = Reshape(Concat(Unsqueeze(%p, [-1]), Unsqueeze(%q, [-1])), [B,H,L,D])   →   %y = RotaryEmbedding(%x, %c, %s) {interleaved: 1}
///
/// or, the angles given to each of the two, of the sum of `x ∘ c` and the neighbours, exchanged, the first negated, times `s`: then cosines and sines are
/// constants. Constants are for a batch of one entry. Neighbours may also be picked from %x with an axis of two.
package struct RecognizeInterleavedRotaryEmbedding: NodeRule {
  package static let rounds = true
  package init() {}

  package var roots: RuleRoots { .operators([Reshape.self, Add.self]) }

  package func rewrite(_ root: MatchedNode, _ edit: inout Edit) throws(NoMatch) {
    let turned = try root.op is Add ? sum(root.narrowed(to: Add.self)) : neighbours(root.operand(0))
    try root.requireOpset(23)
    let x = turned.x
    try x.requireSinglePrecision()
    let shape = try x.shape()
    guard shape.count == 4, let size = shape[3].number, size % 2 == 0 else { throw NoMatch("the heads have an odd or open size", x.id) }
    let expected = [shape[0], shape[2], .number(size / 2)]
    let cosines = try cache(turned.cosines, expected, isDoubled: root.op is Add, &edit)
    let sines = try cache(turned.sines, expected, isDoubled: root.op is Add, &edit)
    var op = RotaryEmbedding()
    op.interleaved = true
    try edit.replace(root.result, withSameShape: edit.emit(op, x.id, cosines, sines))
  }

  private struct Turned {
    var x: MatchedValue
    var cosines: MatchedValue
    var sines: MatchedValue
  }

  /// `x ∘ c + [−b, a] ∘ s`
  private func sum(_ sum: Matched<Add>) throws(NoMatch) -> Turned {
    let (first, second) = try (sum[.a].soleProducer(Mul.self), sum[.b].soleProducer(Mul.self))
    for (turned, straight) in [(first, second), (second, first)] {
      for (value, sines) in try [(turned[.a], turned[.b]), (turned[.b], turned[.a])] {
        guard let reshape = try? value.soleProducer(Reshape.self), let (p, q) = try? joined(reshape[.data]) else { continue }
        let (odd, even) = try (part(p.soleProducer(Neg.self).node.operand(0)), part(q))
        try require(odd.index == 1 && even.index == 0 && odd.x == even.x, "the neighbours are not those of one value")
        try value.requireSameShape(as: odd.x)
        let (a, b) = try (straight[.a], straight[.b])
        try require(a == odd.x || b == odd.x, "the products are of different values")
        return Turned(x: odd.x, cosines: a == odd.x ? b : a, sines: sines)
      }
    }
    throw NoMatch("neither product is of the neighbours exchanged", sum.result.id)
  }

  /// `a·c − b·s` beside `a·s + b·c`
  private func neighbours(_ value: MatchedValue) throws(NoMatch) -> Turned {
    let (p, q) = try joined(value)
    let (difference, sum) = try (p.soleProducer(Sub.self), q.soleProducer(Add.self))
    let (minuend, subtrahend) = try (factors(difference[.a]), factors(difference[.b]))
    try require(minuend.part.index == 0 && subtrahend.part.index == 1 && minuend.part.x == subtrahend.part.x, "the neighbours are not those of one value")
    for (first, second) in try [(sum[.a], sum[.b]), (sum[.b], sum[.a])] {
      let (even, odd) = try (factors(first), factors(second))
      guard even.part.index == 0, odd.part.index == 1 else { continue }
      try require(even.part.x == minuend.part.x && odd.part.x == minuend.part.x, "the products are of different values")
      try require(even.factor == subtrahend.factor && odd.factor == minuend.factor, "the angles differ")
      return Turned(x: even.part.x, cosines: minuend.factor, sines: subtrahend.factor)
    }
    throw NoMatch("not a turned pair", value.id)
  }

  /// Two values that become neighbours along a new last axis.
  private func joined(_ value: MatchedValue) throws(NoMatch) -> (MatchedValue, MatchedValue) {
    let concat = try value.soleProducer(Concat.self)
    let rank = try value.rank()
    let parts = concat.all(from: .inputs).compactMap { $0 }
    try require(parts.count == 2 && (concat.op.axis == -1 || concat.op.axis == rank - 1), "not two values along the last axis")
    var values: [MatchedValue] = []
    for part in parts {
      let unsqueeze = try part.soleProducer(Unsqueeze.self)
      try require(try [[-1], [rank - 1]].contains(unsqueeze[.axes].integers()), "the axis added is not the last")
      values.append(try unsqueeze[.data])
    }
    return (values[0], values[1])
  }

  private func factors(_ value: MatchedValue) throws(NoMatch) -> (part: (x: MatchedValue, index: Int), factor: MatchedValue) {
    let product = try value.soleProducer(Mul.self)
    let (a, b) = try (product[.a], product[.b])
    if let part = try? part(a) { return (part, b) }
    return try (part(b), a)
  }

  /// Which of each pair of neighbours along the last axis of a value this is.
  private func part(_ value: MatchedValue) throws(NoMatch) -> (x: MatchedValue, index: Int) {
    if let gather = try? value.producerAllowingOtherUses(Gather.self) {
      let reshape = try gather[.data].producerAllowingOtherUses(Reshape.self)
      let (x, pairs) = try (reshape[.data], reshape.result.shape())
      let indices = try gather[.indices]
      guard try indices.rank() == 0, let index = try indices.integers().first, gather.op.axis == -1 || gather.op.axis == pairs.count - 1,
        try pairs.dropLast(2) == x.shape().dropLast(), pairs.last == 2
      else { throw NoMatch("not one of two neighbours", value.id) }
      return (x, index < 0 ? index + 2 : index)
    }
    let slice = try value.producerAllowingOtherUses(Slice.self)
    let (x, rank) = try (slice[.data], try value.rank())
    let axes = try slice.ifPresent(.axes)?.integers() ?? [0]
    let start = try slice[.starts].integers()
    try require(axes == [-1] || axes == [rank - 1], "the slice is along another axis")
    try require(try slice.ifPresent(.steps)?.integers() == [2] && (start == [0] || start == [1]), "not every other element")
    guard let size = try x.shape().last?.number, size % 2 == 0, try value.shape().last?.number == size / 2 else {
      throw NoMatch("not every other element", value.id)
    }
    return (x, start[0])
  }

  /// The cosines or sines, `[B, L, D/2]`.
  private func cache(_ value: MatchedValue, _ expected: [Dim], isDoubled: Bool, _ edit: inout Edit) throws(NoMatch) -> ValueID {
    if value.isConstant { return try constantCache(value, expected, isDoubled, &edit) }
    try require(!isDoubled, "the angles are computed for each of the two")
    let wide = [expected[0], 1, expected[1], expected[2]]
    try require(try value.shape() == wide, "the angles do not fit, or are not the same for all heads")
    return edit.emit(Squeeze(), value.id, edit.constant([1]))
  }

  private func constantCache(_ value: MatchedValue, _ expected: [Dim], _ isDoubled: Bool, _ edit: inout Edit) throws(NoMatch) -> ValueID {
    let tensor = try value.constant()
    let copies = isDoubled ? 2 : 1
    guard let length = expected[1].number, let half = expected[2].number, expected[0] == 1, tensor.element.isFloatingPoint, tensor.rank <= 4,
      tensor.shape.drop(while: { $0 == 1 }) == [length, copies * half].drop(while: { $0 == 1 })[...], !tensor.isDeferred
    else { throw NoMatch("the constant angles do not fit", value.id) }
    let numbers = try edit.computing { () throws(ModelError) in try tensor.converted(to: .float64) }
    guard let elements = try? numbers.doubles() else { throw NoMatch("the constant angles do not fit", value.id) }
    let singles = stride(from: 0, to: elements.count, by: copies).map { elements[$0] }
    try require(elements.indices.allSatisfy { elements[$0] == singles[$0 / copies] }, "the angles of neighbours differ")
    return edit.constant(
      try edit.computing { () throws(ModelError) in try Tensor(.float64, [1, length, half], elements: singles).converted(to: tensor.element) })
  }
}
