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
  /// 0 where a key does not count: `[B, T]`.
  var mask: MatchedValue?
  var maskFilter: Float
  /// What is added to the scores.
  var bias: ValueID?
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
    let element = parts.element
    var scores = emit(MatMul(), parts.q, transposed(parts.k, [0, 1, 3, 2]))
    scores = emit(Mul(), scores, try scalar(parts.scale, element))
    if let bias = parts.bias { scores = emit(Add(), scores, bias) }
    if let mask = parts.mask {
      let hidden = emit(Sub(), try scalar(1, element), cast(cast(mask.id, to: .bool), to: element))
      let penalty = emit(Mul(), hidden, try scalar(parts.maskFilter, element))
      scores = emit(Add(), scores, emit(Unsqueeze(), penalty, constant([1, 2])))
    }
    let mixed = emit(MatMul(), emit(Softmax(), scores), parts.v)
    return (emit(Reshape(), transposed(mixed, [0, 2, 1, 3]), constant([0, 0, width])), scores)
  }
}

/// The factor of scores where an attribute may give it.
func attentionScale(_ scale: Float?, size: Int) -> Float {
  guard let scale, scale != 0 else { return 1 / Float(size).squareRoot() }
  return scale
}
