import GraphIR
import Operators
import Tensors

/// Slices and paddings of computed sizes, as the positions that they pick.
let rangeDecompositions: [Decomposition] = [
  Decomposition(Slice.self) { (_, context) throws(NotRepresentable) in [try context.computedRanges()] },
  Decomposition(Pad.self) { (op, context) throws(NotRepresentable) in [try context.computedPads(op)] },
]

/// Where a slice begins and ends along an axis, and its step: vectors of one element.
private struct ComputedRange {
  var axis: Int
  var start: ValueID
  var end: ValueID
  var step: ValueID
}

extension StepContext {
  fileprivate mutating func computedRanges() throws(NotRepresentable) -> ValueID {
    var x = try required(0)
    let (starts, ends) = (try cast(required(1), to: .int64), try cast(required(2), to: .int64))
    guard let count = try knownShape(starts).first?.number, count <= 64 else { throw NotRepresentable("how many axes are sliced is unknown") }
    let steps: ValueID
    if let given = operand(4) { steps = try cast(given, to: .int64) } else { steps = try vector([Int](repeating: 1, count: count)) }
    var ranges: [ComputedRange] = []
    if let axes = operand(3), constant(axes) == nil {
      ranges = try spread(starts, ends, steps, along: cast(axes, to: .int64), rank: knownShape(x).count)
    } else {
      let axes = try operand(3).map { (axes) throws(NotRepresentable) in try integers(axes, what: "axes") } ?? Array(0..<count)
      guard axes.count == count else { throw NotRepresentable("there are not as many axes as starts") }
      for (index, axis) in axes.enumerated() {
        ranges.append(
          ComputedRange(axis: try self.axis(axis, of: x), start: try entry(starts, index), end: try entry(ends, index), step: try entry(steps, index)))
      }
    }
    for range in ranges {
      let places = try places(range, size: size(x, axis: range.axis))
      x = try emit(Gather(axis: range.axis), x, places)
    }
    return x
  }

  /// One element of a vector, as a vector.
  private mutating func entry(_ vector: ValueID, _ index: Int) throws(NotRepresentable) -> ValueID {
    if let known = try? constant(vector)?.integers(), known.indices.contains(index) { return try self.vector([known[index]]) }
    return try emit(Gather(axis: 0), vector, self.vector([index]))
  }

  /// The ranges of all axes, of which only those that are listed are limited.
  private mutating func spread(
    _ starts: ValueID, _ ends: ValueID, _ steps: ValueID, along axes: ValueID, rank: Int
  ) throws(NotRepresentable) -> [ComputedRange] {
    let listed = try unsqueeze(nonNegative(axes, size: vector([rank])), at: [1])
    let isListed = try cast(emit(Equal(), listed, unsqueeze(vector(Array(0..<rank)), at: [0])), to: .int64)
    let isOpen = try emit(Sub(), constant(scalar: 1), sum(isListed, axes: [0]))
    func chosen(_ values: ValueID, otherwise: Int, _ context: inout StepContext) throws(NotRepresentable) -> ValueID {
      let own = try context.sum(context.emit(Mul(), isListed, context.unsqueeze(values, at: [1])), axes: [0])
      return otherwise == 0 ? own : try context.emit(Add(), own, context.emit(Mul(), isOpen, context.constant(scalar: otherwise)))
    }
    let all = try (chosen(starts, otherwise: 0, &self), chosen(ends, otherwise: Int(Int32.max), &self), chosen(steps, otherwise: 1, &self))
    var ranges: [ComputedRange] = []
    for axis in 0..<rank {
      ranges.append(ComputedRange(axis: axis, start: try entry(all.0, axis), end: try entry(all.1, axis), step: try entry(all.2, axis)))
    }
    return ranges
  }

  private mutating func places(_ range: ComputedRange, size: ValueID) throws(NotRepresentable) -> ValueID {
    let isDown: ValueID
    if let step = try? constant(range.step)?.integers().first {
      guard step != 0 else { throw NotRepresentable("the step is 0") }
      isDown = try vector([step < 0 ? 1 : 0])
    } else {
      isDown = try cast(compared(Less(), range.step, constant(scalar: 0)), to: .int64)
    }
    let (low, high) = (try emit(Neg(), isDown), try emit(Sub(), size, isDown))
    var bounds: [ValueID] = []
    for bound in [range.start, range.end] {
      let counted = try nonNegative(bound, size: size)
      bounds.append(try scalar(emit(Min(), emit(Max(), counted, low), high)))
    }
    return try emit(RangeOf(), bounds[0], bounds[1], scalar(range.step))
  }

  fileprivate mutating func computedPads(_ op: Pad) throws(NotRepresentable) -> ValueID {
    var x = try required(0)
    let pads = try cast(required(1), to: .int64)
    guard constant(pads) == nil, constant(try required(1)) == nil else { throw NotRepresentable("") }
    let rank = try knownShape(x).count
    let axes = try operand(3).map { (axes) throws(NotRepresentable) in try integers(axes, what: "axes") } ?? Array(0..<rank)
    let value: ValueID
    if let given = operand(2) { value = given } else { value = try number(0, like: x) }
    for (index, axis) in axes.enumerated() {
      let along = try self.axis(axis, of: x)
      let (before, after) = (try entry(pads, index), try entry(pads, index + axes.count))
      let size = try size(x, axis: along)
      let whole = try scalar(emit(Add(), emit(Add(), before, size), after))
      let places = try emit(Sub(), emit(RangeOf(), constant(scalar: 0), whole, constant(scalar: 1)), before)
      let inside = try inside(places, size: size, op.mode)
      let picked = try emit(Gather(axis: along), x, inside)
      guard op.mode == .constant else {
        x = picked
        continue
      }
      let isOwn = try unsqueeze(emit(Equal(), places, inside), at: (0..<rank).filter { $0 != along })
      x = try emit(Where(), isOwn, picked, scalar(value))
    }
    return x
  }

  /// Where the elements at places before and behind an axis come from.
  private mutating func inside(_ places: ValueID, size: ValueID, _ mode: Pad.Mode) throws(NotRepresentable) -> ValueID {
    let (zero, last) = (try vector([0]), try emit(Sub(), size, vector([1])))
    switch mode {
    case .constant, .edge: return try emit(Min(), emit(Max(), places, zero), last)
    case .reflect: return try emit(Sub(), last, emit(Abs(), emit(Sub(), last, emit(Abs(), places))))
    case .wrap:
      let isBefore = try cast(compared(Less(), places, zero), to: .int64)
      let isBehind = try cast(compared(Greater(), places, last), to: .int64)
      return try emit(Add(), places, emit(Mul(), emit(Sub(), isBefore, isBehind), size))
    }
  }
}
