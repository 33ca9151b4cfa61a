import GraphIR
import Operators
import Tensors

/// Reductions over nothing, which are functions of one element.
let reductionDecompositions: [Decomposition] = [
  // True where there is any, also of none.
  Decomposition(ReduceMax.self) { (op, context) throws(NotRepresentable) in [try context.anyTrue(op, context.required(0))] },
  Decomposition(ReduceMin.self) { (op, context) throws(NotRepresentable) in
    let x = try context.required(0)
    guard try context.knownElement(x) == .bool else { throw NotRepresentable("") }
    return [try context.emit(Not(), context.anyTrue(op, context.emit(Not(), x)))]
  },
  overNothing(ReduceSum.self) { (x, _) throws(NotRepresentable) in x },
  overNothing(ReduceMax.self) { (x, _) throws(NotRepresentable) in x },
  overNothing(ReduceMin.self) { (x, _) throws(NotRepresentable) in x },
  overNothing(ReduceMean.self) { (x, _) throws(NotRepresentable) in x },
  overNothing(ReduceProd.self) { (x, _) throws(NotRepresentable) in x },
  overNothing(ReduceLogSumExp.self) { (x, _) throws(NotRepresentable) in x },
  overNothing(ReduceL1.self) { (x, context) throws(NotRepresentable) in try context.emit(Abs(), x) },
  overNothing(ReduceL2.self) { (x, context) throws(NotRepresentable) in try context.emit(Abs(), x) },
  overNothing(ReduceLogSum.self) { (x, context) throws(NotRepresentable) in try context.emit(Log(), x) },
  overNothing(ReduceSumSquare.self) { (x, context) throws(NotRepresentable) in try context.emit(Mul(), x, x) },
]

private func overNothing<Op: Reduction>(
  _ type: Op.Type, _ make: @escaping @Sendable (ValueID, inout StepContext) throws(NotRepresentable) -> ValueID
) -> Decomposition {
  Decomposition(type) { (op, context) throws(NotRepresentable) in
    guard op.noopWithEmptyAxes else { throw NotRepresentable("") }
    if let axes = context.operand(1), try !context.integers(axes, what: "axes").isEmpty { throw NotRepresentable("") }
    return [try make(context.required(0), &context)]
  }
}

/// What looks along one axis.
let foldDecompositions: [Decomposition] = [
  // The largest of the negated ones.
  Decomposition(TopK.self) { (op, context) throws(NotRepresentable) in
    let x = try context.required(0)
    guard !op.largest, try context.knownElement(x).isFloatingPoint else { throw NotRepresentable("") }
    var largest = op
    largest.largest = true
    let results = try context.emit(largest, [context.emit(Neg(), x), context.required(1)], results: 2)
    return [try context.emit(Neg(), results[0]), results[1]]
  },
  Decomposition(ArgMax.self) { (op, context) throws(NotRepresentable) in
    guard op.selectLastIndex else { throw NotRepresentable("") }
    var first = op
    first.selectLastIndex = false
    return [try context.fromTheEnd(first, axis: op.axis)]
  },
  Decomposition(ArgMin.self) { (op, context) throws(NotRepresentable) in
    guard op.selectLastIndex else { throw NotRepresentable("") }
    var first = op
    first.selectLastIndex = false
    return [try context.fromTheEnd(first, axis: op.axis)]
  },
  // All in their order, of which so many are taken.
  Decomposition(TopK.self) { (op, context) throws(NotRepresentable) in
    let (x, k) = (try context.required(0), try context.required(1))
    guard context.constant(k) == nil else { throw NotRepresentable("") }
    let along = try context.axis(op.axis, of: x)
    guard let size = try context.knownShape(x)[along].number else { throw NotRepresentable("k is computed, and the size of the axis is unknown") }
    var parts: [ValueID?] = []
    for result in try context.emit(op, [x, context.vector([size])], results: 2) {
      parts.append(try context.emit(Slice(), result, context.vector([0]), context.reshape(k, [1]), context.vector([along])))
    }
    return parts
  },
  Decomposition(CumSum.self) { (op, context) throws(NotRepresentable) in [try context.runningSum(op)] },
  Decomposition(CumSum.self) { (op, context) throws(NotRepresentable) in [try context.runningSumInLoop(op)] },
]

extension StepContext {
  fileprivate mutating func anyTrue<Op: Reduction>(_ op: Op, _ x: ValueID) throws(NotRepresentable) -> ValueID {
    guard try knownElement(x) == .bool else { throw NotRepresentable("") }
    var sum = ReduceSum()
    (sum.keepdims, sum.noopWithEmptyAxes) = (op.keepdims, op.noopWithEmptyAxes)
    return try cast(emit(sum, cast(x, to: .int32), operand(1)), to: .bool)
  }

  /// Counted from the end on the reversed operand.
  fileprivate mutating func fromTheEnd(_ op: any Operator, axis: Int) throws(NotRepresentable) -> ValueID {
    let x = try required(0)
    let along = try self.axis(axis, of: x)
    let reversed = try emit(Slice(), [x, vector([-1]), vector([-Int(Int32.max)]), vector([along]), vector([-1])], results: 1)[0]
    let last = try emit(Sub(), size(x, axis: along), vector([1]))
    return try emit(Sub(), emit(Squeeze(), last, vector([0])), emit(op, reversed))
  }

  private mutating func zeroOr(_ sum: ValueID?, like part: ValueID) throws(NotRepresentable) -> ValueID {
    if let sum { return sum }
    let sizes = try fixedShape(part)
    guard let count = sizes.elementCount, count <= 1 << 20 else { throw NotRepresentable("sums up many elements") }
    return try emit(Expand(), number(0, like: part), vector(sizes))
  }

  /// Of any number of slices.
  fileprivate mutating func runningSumInLoop(_ op: CumSum) throws(NotRepresentable) -> ValueID {
    let x = try required(0)
    let along = try axis(integer(required(1), what: "axis"), of: x)
    let rank = try knownShape(x).count
    var others: [ValueID] = []
    for axis in 0..<rank where axis != along { others.append(try size(x, axis: axis)) }
    let zero = try number(0, like: x)
    let nothing = try others.isEmpty ? zero : emit(Expand(), zero, concat(others))
    let ordered = op.reverse ? try turned(x, axis: along) : x
    let count = try scalar(size(x, axis: along))
    let sums = try loop(count, carried: [nothing], captures: [ordered]) { (body, step, carried, seen) throws(NotRepresentable) in
      let next = try body.emit(Add(), carried[0], body.emit(Gather(axis: along), seen[0], step))
      return LoopValues(carried: [next], stacked: [try body.emit(Identity(), op.exclusive ? carried[0] : next)])
    }[1]
    let placed = try transpose(sums, (0..<rank).map { $0 == along ? 0 : $0 < along ? $0 + 1 : $0 })
    return op.reverse ? try turned(placed, axis: along) : placed
  }

  /// The last slice first.
  private mutating func turned(_ x: ValueID, axis: Int) throws(NotRepresentable) -> ValueID {
    let last = try emit(Sub(), size(x, axis: axis), vector([1]))
    return try emit(Gather(axis: axis), x, emit(Sub(), last, positions(x, axis: axis)))
  }

  /// Slice by slice.
  fileprivate mutating func runningSum(_ op: CumSum) throws(NotRepresentable) -> ValueID {
    let x = try required(0)
    let listed = try integers(required(1), what: "axis")
    guard listed.count == 1 else { throw NotRepresentable("axis is not one number") }
    let along = try axis(listed[0], of: x)
    guard let size = try knownShape(x)[along].number, size > 0, size <= 128 else { throw NotRepresentable("sums up many elements") }
    var sum: ValueID?
    var parts: [ValueID] = []
    for step in 0..<size {
      let at = op.reverse ? size - 1 - step : step
      let part = try slice(x, axis: along, from: at, to: at + 1)
      let next = try sum.map { (sum) throws(NotRepresentable) in try emit(Add(), sum, part) } ?? part
      if op.exclusive { parts.append(try zeroOr(sum, like: part)) } else { parts.append(next) }
      sum = next
    }
    return try concat(op.reverse ? parts.reversed() : parts, axis: along)
  }
}
