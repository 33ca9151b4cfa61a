import GraphIR
import Operators
import Tensors

/// Fourier transforms whose length, or whose signal's length, is computed: products with the cosines and sines of computed angles.
let computedTransformDecompositions: [Decomposition] = [
  Decomposition(DFT.self) { (op, context) throws(NotRepresentable) in [try context.computedTransform(op)] }
]

/// Waves at the places of a signal, `[kept, used]`.
private struct Waves {
  var cosine: ValueID
  var sine: ValueID
  /// The places of the signal that count.
  var used: ValueID
}

extension StepContext {
  fileprivate mutating func computedTransform(_ op: DFT) throws(NotRepresentable) -> ValueID {
    let x = try required(0)
    let shape = try knownShape(x)
    let rank = shape.count
    let listed = try operand(2).map { (axis) throws(NotRepresentable) in try integer(axis, what: "axis") } ?? -2
    let along = try axis(listed, of: x)
    guard along < rank - 1, let parts = shape[rank - 1].number, (1...2).contains(parts) else {
      throw NotRepresentable("the signal's last axis has neither one nor two numbers")
    }
    let element = try knownElement(x)
    let work: ElementType = element == .float64 ? .float64 : .float32
    let waves = try waves(op, size: scalar(size(x, axis: along)), work)
    let used = try emit(Gather(axis: along), cast(x, to: work), waves.used)
    let real = try emit(Gather(axis: rank - 1), used, constant(scalar: 0))
    let imaginary = parts == 2 ? try emit(Gather(axis: rank - 1), used, constant(scalar: 1)) : nil
    var results = [try multiplied(real, by: waves.cosine, axis: along)]
    if let imaginary { results[0] = try emit(op.inverse ? Sub() : Add(), results[0], multiplied(imaginary, by: waves.sine, axis: along)) }
    if !(op.inverse && op.onesided) {
      let turned = try multiplied(real, by: waves.sine, axis: along)
      var second = op.inverse ? turned : try emit(Neg(), turned)
      if let imaginary { second = try emit(Add(), multiplied(imaginary, by: waves.cosine, axis: along), second) }
      results.append(second)
    }
    for index in results.indices { results[index] = try unsqueeze(results[index], at: [rank - 1]) }
    return try cast(concat(results, axis: rank - 1), to: element)
  }

  /// Angles are computed from whole numbers below one turn, in doubles, so that nothing is lost however long the transform is.
  private mutating func waves(_ op: DFT, size: ValueID, _ work: ElementType) throws(NotRepresentable) -> Waves {
    let (one, two) = (try constant(scalar: 1), try constant(scalar: 2))
    let isHalf = op.inverse && op.onesided
    let length: ValueID
    if let given = operand(1) {
      length = try scalar(cast(given, to: .int64))
    } else {
      length = isHalf ? try emit(Mul(), two, emit(Sub(), size, one)) : size
    }
    let half = try emit(Add(), emit(Div(), length, two), one)
    let used = try counted(emit(Min(), size, isHalf ? half : length))
    let kept = try counted(op.onesided && !op.inverse ? half : length)
    let turns = try emit(Mul(), unsqueeze(kept, at: [1]), used)
    let rest = try emit(Sub(), turns, emit(Mul(), emit(Div(), turns, length), length))
    let angle = try emit(Mul(), cast(rest, to: .float64), emit(Div(), number(2 * Double.pi, .float64), cast(length, to: .float64)))
    var (cosine, sine) = (try emit(Cos(), angle), try emit(Sin(), angle))
    if isHalf {
      // The other half of the spectrum is the mirror image of the first.
      let isMirrored = try compared(Greater(), emit(Mul(), used, emit(Sub(), length, emit(Mul(), used, two))), constant(scalar: 0))
      let factor = try emit(Add(), cast(isMirrored, to: .float64), number(1, .float64))
      (cosine, sine) = (try emit(Mul(), cosine, factor), try emit(Mul(), sine, factor))
    }
    if op.inverse {
      let count = try cast(length, to: .float64)
      (cosine, sine) = (try emit(Div(), cosine, count), try emit(Div(), sine, count))
    }
    return Waves(cosine: try cast(cosine, to: work), sine: try cast(sine, to: work), used: used)
  }

  private mutating func counted(_ count: ValueID) throws(NotRepresentable) -> ValueID {
    try emit(RangeOf(), constant(scalar: 0), count, constant(scalar: 1))
  }
}
