import GraphIR
import Operators
import Tensors

/// Axes and sizes that are computed where an older set has attributes.
let computedAxesDecompositions: [Decomposition] = [
  alongComputed(ReduceSum.self, ReduceSum()), alongComputed(ReduceMax.self, ReduceMax()), alongComputed(ReduceMin.self, ReduceMin()),
  alongComputed(ReduceMean.self, ReduceMean()), alongComputed(ReduceProd.self, ReduceProd()), alongComputed(ReduceLogSumExp.self, ReduceLogSumExp()),
  alongComputed(ReduceL1.self, ReduceSum(), before: { (x, context) throws(NotRepresentable) in try context.emit(Abs(), x) }),
  alongComputed(ReduceSumSquare.self, ReduceSum(), before: { (x, context) throws(NotRepresentable) in try context.emit(Mul(), x, x) }),
  alongComputed(ReduceL2.self, ReduceSum(), before: { (x, context) throws(NotRepresentable) in try context.emit(Mul(), x, x) }) {
    (x, context) throws(NotRepresentable) in try context.emit(Sqrt(), x)
  },
  alongComputed(ReduceLogSum.self, ReduceSum(), before: { (x, _) throws(NotRepresentable) in x }) {
    (x, context) throws(NotRepresentable) in try context.emit(Log(), x)
  },
  Decomposition(Split.self) { (op, context) throws(NotRepresentable) in try context.split(op) },
]

private typealias Map = @Sendable (ValueID, inout StepContext) throws(NotRepresentable) -> ValueID

/// A reduction as that of one axis after the other, each where it is among those wanted.
private func alongComputed<Op: Reduction, Step: Reduction>(
  _ type: Op.Type, _ step: Step, before: @escaping Map = { (x, _) throws(NotRepresentable) in x }, after: Map? = nil
) -> Decomposition {
  Decomposition(type) { (op, context) throws(NotRepresentable) in
    guard let axes = context.operand(1), context.constant(axes) == nil else { throw NotRepresentable("") }
    let x = try context.required(0)
    guard try context.knownElement(x).isFloatingPoint || after == nil else { throw NotRepresentable("reduces integers") }
    var y = try before(x, &context)
    // An empty list is as good as none.
    if try context.knownShape(axes).first == 0 {
      var whole = step
      (whole.keepdims, whole.noopWithEmptyAxes) = (op.keepdims, false)
      if !op.noopWithEmptyAxes { y = try context.emit(whole, y) }
      return [try after.map { (after) throws(NotRepresentable) in try after(y, &context) } ?? y]
    }
    let wanted = try context.wanted(axes, rank: context.knownShape(x).count, allIfNone: !op.noopWithEmptyAxes)
    for axis in try context.knownShape(x).indices {
      let times = try context.slice(wanted, axis: 0, from: axis, to: axis + 1)
      let isWanted = try context.cast(context.emit(Greater(), context.cast(times, to: .float32), context.number(0, .float32)), to: .int64)
      var reduction = step
      (reduction.keepdims, reduction.noopWithEmptyAxes) = (true, false)
      y = try context.chosen(isWanted, context.emit(reduction, y, context.vector([axis])), y, along: axis)
    }
    if let after { y = try after(y, &context) }
    if op.keepdims { return [y] }
    let isKept = try context.emit(Equal(), wanted, context.constant(scalar: 0))
    var kept = try context.flat(context.emit(NonZero(), isKept))
    // How many remain is known where the axes' number is: some runtimes need a rank.
    if let count = try context.knownShape(axes).first?.number, count > 0 {
      kept = try context.emit(Reshape(), kept, context.vector([max(context.knownShape(x).count - count, 0)]))
    }
    return [try context.emit(Reshape(), y, context.emit(Gather(axis: 0), context.emit(ShapeOf(), x), kept))]
  }
}

extension StepContext {
  /// For each axis, a number that is not 0 where the axis is among a computed list.
  fileprivate mutating func wanted(_ axes: ValueID, rank: Int, allIfNone: Bool) throws(NotRepresentable) -> ValueID {
    let listed = try unsqueeze(nonNegative(cast(axes, to: .int64), size: vector([rank])), at: [1])
    let isListed = try cast(emit(Equal(), listed, unsqueeze(vector(Array(0..<rank)), at: [0])), to: .int64)
    let counts = try sum(isListed, axes: [0])
    let count = try knownShape(axes).first
    guard allIfNone, count?.number == nil || count == 0 else { return counts }
    let isNone = try cast(emit(Equal(), size(axes, axis: 0), vector([0])), to: .int64)
    return try emit(Add(), counts, isNone)
  }

  /// `reduced`, which has size 1 along an axis, where `isWanted` is 1, and `x` where it is 0: a part of both in a row. The branches of an
  /// `If` would have to be of one shape before set 11.
  fileprivate mutating func chosen(_ isWanted: ValueID, _ reduced: ValueID, _ x: ValueID, along axis: Int) throws(NotRepresentable) -> ValueID {
    let both = try emit(Concat(axis: axis), [reduced, x], results: 1)[0]
    let start = try emit(Sub(), vector([1]), isWanted)
    let rest = try emit(Mul(), start, size(x, axis: axis))
    return try emit(Slice(), both, start, emit(Add(), vector([1]), rest), vector([axis]))
  }

  /// Parts one by one.
  fileprivate mutating func split(_ op: Split) throws(NotRepresentable) -> [ValueID?] {
    guard let sizes = operand(1), constant(sizes) == nil else { throw NotRepresentable("") }
    let x = try required(0)
    let along = try vector([axis(op.axis, of: x)])
    var start = try vector([0])
    var parts: [ValueID?] = []
    for index in graph[node].results.indices {
      let end = try emit(Add(), start, slice(cast(sizes, to: .int64), axis: 0, from: index, to: index + 1))
      parts.append(try emit(Slice(), x, start, end, along))
      start = end
    }
    return parts
  }
}
