import Diagnostics
import GraphIR
import Operators
import Rewriting
import Tensors

/// Attention of heads that lie apart, to be said in standard operators.
struct AttentionParts {
  /// `[B, N, S, H]`, `[B, N, T, H]` and `[B, N, T, V]`.
  var q: ValueID
  var k: ValueID
  var v: ValueID
  var scale: Float
  var element: ElementType
  /// Positive where a key counts: `[B, T]` or `[B, S, T]`; or how many keys count: `[B]`.
  var mask: MatchedValue?
  var maskFilter: Float
  /// What is added to the scores.
  var bias: ValueID?
  /// Whether a query sees no later keys; the last query sees all.
  var isCausal = false
}

extension Edit {
  /// `[B, S, N·H]` as `[B, N, S, H]`.
  mutating func headsApart(_ x: ValueID, heads: Int, size: Int) -> ValueID {
    transposed(emit(Reshape(), x, constant([0, 0, heads, size])), [0, 2, 1, 3])
  }

  mutating func sliced(_ x: ValueID, axis: Int, _ range: Range<Int>) -> ValueID {
    emit(Slice(), x, constant([range.lowerBound]), constant([range.upperBound]), constant([axis]))
  }

  /// softmax(scale · q·kᵀ + mask + bias)·v as `[B, S, N·V]`, and the scores before the softmax.
  mutating func attention(_ parts: AttentionParts, width: Int) throws(NoMatch) -> (output: ValueID, scores: ValueID) {
    var scores = emit(MatMul(), parts.q, transposed(parts.k, [0, 1, 3, 2]))
    scores = emit(Mul(), scores, try scalar(parts.scale, parts.element))
    if let bias = parts.bias { scores = emit(Add(), scores, bias) }
    if let mask = parts.mask { scores = emit(Add(), scores, try padding(mask, parts)) }
    if parts.isCausal { scores = emit(Add(), scores, try causality(parts)) }
    let mixed = emit(MatMul(), emit(Softmax(), scores), parts.v)
    return (emit(Reshape(), transposed(mixed, [0, 2, 1, 3]), constant([0, 0, width])), scores)
  }

  /// The filter where a key does not count, else 0: `[B, 1, 1 or S, T]`.
  private mutating func padding(_ mask: MatchedValue, _ parts: AttentionParts) throws(NoMatch) -> ValueID {
    let (rank, kind) = try (mask.rank(), mask.elementType())
    try require((1...3).contains(rank), "the mask has no row for each sequence")
    let counts: ValueID
    if rank == 1 {
      try require(mask.shape()[0] == fact(parts.q).shape?.first, "the mask gives more than ends")
      let zero = constant(try computing { () throws(ModelError) in try Tensor.scalar(0) })
      let one = constant(try computing { () throws(ModelError) in try Tensor.scalar(1) })
      let places = emit(RangeOf(), zero, emit(Reshape(), size(parts.k, axis: 2), constant([])), one)
      counts = emit(Less(), places, emit(Unsqueeze(), cast(mask.id, to: .int64), constant([1])))
    } else {
      counts = emit(Greater(), mask.id, constant(try computing { () throws(ModelError) in try zero(kind) }))
    }
    let hidden = emit(Sub(), try scalar(1, parts.element), cast(counts, to: parts.element))
    return emit(Unsqueeze(), emit(Mul(), hidden, try scalar(parts.maskFilter, parts.element)), constant(rank == 3 ? [1] : [1, 2]))
  }

  /// The most negative number where a key comes after the query, else 0: `[S, T]`.
  private mutating func causality(_ parts: AttentionParts) throws(NoMatch) -> ValueID {
    let (queries, keys) = (size(parts.q, axis: 2), size(parts.k, axis: 2))
    let lowest: Float = parts.element.bitWidth < 32 ? -65_504 : -.greatestFiniteMagnitude
    var fill = ConstantOfShape()
    fill.value = try computing { () throws(ModelError) in try Tensor.scalar(lowest).converted(to: parts.element).reshaped(to: [1]) }
    let square = emit(fill, emit(Concat(), queries, keys))
    let first = emit(Add(), emit(Sub(), keys, queries), constant([1]))
    return emit(Trilu(), square, emit(Reshape(), first, constant([])))
  }

  /// The size of one axis, as a vector.
  private mutating func size(_ x: ValueID, axis: Int) -> ValueID {
    var shape = ShapeOf()
    (shape.start, shape.end) = (axis, axis + 1)
    return emit(shape, x)
  }
}

/// The factor of scores where an attribute may give it.
func attentionScale(_ scale: Float?, size: Int) -> Float {
  guard let scale, scale != 0 else { return 1 / Float(size).squareRoot() }
  return scale
}

private func zero(_ element: ElementType) throws(ModelError) -> Tensor { try Tensor.scalar(0).converted(to: element) }
