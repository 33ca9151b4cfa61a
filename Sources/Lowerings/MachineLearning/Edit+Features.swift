import Diagnostics
import GraphIR
import Operators
import Rewriting
import Tensors

// What rules for operators of `ai.onnx.ml` are written with.
extension Edit {
  mutating func floats(_ numbers: [Float], _ shape: [Int]) throws(NoMatch) -> ValueID {
    try require(shape.reduce(1, *) == numbers.count, "the numbers do not fit their shape")
    return constant(try computing { () throws(ModelError) in try Tensor(.float32, shape, elements: numbers) })
  }

  /// 32-bit integers.
  mutating func indices(_ numbers: [Int], _ shape: [Int]) throws(NoMatch) -> ValueID {
    constant(try computing { () throws(ModelError) in try Tensor.integers(numbers).converted(to: .int32).reshaped(to: shape) })
  }

  mutating func cast(_ x: MatchedValue, to element: ElementType) throws(NoMatch) -> ValueID {
    try x.elementType() == element ? x.id : cast(x.id, to: element)
  }

  /// Features as rows `[N, F]`; all axes behind the first are one, and a vector is one row.
  mutating func rows(_ x: MatchedValue, as element: ElementType = .float32) throws(NoMatch) -> ValueID {
    let (rank, value) = (try x.rank(), try cast(x, to: element))
    try require(rank > 0, "a scalar has no features")
    if rank == 2 { return value }
    return emit(Reshape(), value, constant(rank == 1 ? [1, -1] : [0, -1]))
  }

  /// Scores `[N, n]` of two targets and more, transformed.
  mutating func transformed(_ scores: ValueID, by transform: PostTransform) throws(NoMatch) -> ValueID {
    switch transform {
    case .none: return scores
    case .logistic: return emit(Sigmoid(), scores)
    case .softmax:
      var softmax = Softmax()
      softmax.axis = 1
      return emit(softmax, scores)
    case .softmaxZero, .probit: throw NoMatch("the transform has no operator")
    }
  }

  /// The only score alone, which `PROBIT` alone transforms.
  mutating func transformed(_ scores: ValueID, count: Int, by transform: PostTransform) throws(NoMatch) -> ValueID {
    if count > 1 { return try transformed(scores, by: transform) }
    try require(transform != .probit, "the transform has no operator")
    return scores
  }

  /// The label at each index; the label itself where it is its index.
  mutating func labels(_ index: ValueID, _ integers: [Int]?, _ strings: [[UInt8]]?) throws(NoMatch) -> ValueID {
    if let strings, !strings.isEmpty {
      return emit(Gather(axis: 0), constant(try computing { () throws(ModelError) in try Tensor(strings: strings, shape: [strings.count]) }), index)
    }
    guard let integers, !integers.isEmpty else { throw NoMatch("no class has a label") }
    if integers == Array(integers.indices) { return index }
    return emit(Gather(axis: 0), constant(integers), index)
  }

  /// 1 for what is above `bound`, else 0, of a score for each row: `[N]`.
  mutating func isAbove(_ score: ValueID, _ bound: Float) throws(NoMatch) -> ValueID {
    let flat = emit(Reshape(), score, constant([-1]))
    return cast(emit(Greater(), flat, try floats([bound], [])), to: .int64)
  }

  mutating func largestPosition(_ scores: ValueID) -> ValueID {
    var op = ArgMax()
    (op.axis, op.keepdims) = (1, false)
    return emit(op, scores)
  }
}
