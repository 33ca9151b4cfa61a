import GraphIR
import Operators
import Tensors

/// What moves elements without computing any.
let movementDecompositions: [Decomposition] = [
  Decomposition(DepthToSpace.self) { (op, context) throws(NotRepresentable) in
    guard op.mode == .columnFirst else { throw NotRepresentable("") }
    let x = try context.required(0)
    let b = op.blocksize
    guard b > 0, let channels = try context.knownShape(x)[1].number, channels < 1 << 20, b < 1 << 20 else {
      throw NotRepresentable("the number of channels is unknown")
    }
    let (n, h, w) = (try context.size(x, axis: 0), try context.size(x, axis: 2), try context.size(x, axis: 3))
    let rest = channels / (b * b)
    let blocks = try context.emit(Reshape(), x, context.concat([n, context.vector([rest, b, b]), h, w]))
    let moved = try context.transpose(blocks, [0, 1, 4, 2, 5, 3])
    let block = try context.vector([b])
    let tall = try context.emit(Mul(), h, block)
    return [try context.emit(Reshape(), moved, context.concat([n, context.vector([rest]), tall, context.emit(Mul(), w, block)]))]
  },
  Decomposition(SpaceToDepth.self) { (op, context) throws(NotRepresentable) in
    guard op.mode == .columnFirst else { throw NotRepresentable("") }
    let x = try context.required(0)
    let b = op.blocksize
    guard b > 0, let channels = try context.knownShape(x)[1].number, channels < 1 << 20, b < 1 << 20 else {
      throw NotRepresentable("the number of channels is unknown")
    }
    let block = try context.vector([b])
    let (n, c) = (try context.size(x, axis: 0), try context.vector([channels]))
    let h = try context.emit(Div(), context.size(x, axis: 2), block)
    let w = try context.emit(Div(), context.size(x, axis: 3), block)
    let blocks = try context.emit(Reshape(), x, context.concat([n, c, h, block, w, block]))
    let moved = try context.transpose(blocks, [0, 1, 3, 5, 2, 4])
    return [try context.emit(Reshape(), moved, context.concat([n, context.vector([channels * b * b]), h, w]))]
  },
  Decomposition(ShapeOf.self) { (op, context) throws(NotRepresentable) in
    guard op.start != 0 || op.end != nil else { throw NotRepresentable("") }
    let whole = try context.emit(ShapeOf(), context.required(0))
    return [try context.slice(whole, axis: 0, from: op.start, to: op.end ?? Int(Int32.max))]
  },
  Decomposition(Reshape.self) { (op, context) throws(NotRepresentable) in
    guard op.allowzero else { throw NotRepresentable("") }
    let (x, shape) = (try context.required(0), try context.required(1))
    let sizes = try context.integers(shape, what: "shape")
    let source = context.shape(of: x)
    for (axis, size) in sizes.enumerated() where size == 0 {
      guard let source, axis < source.count, source[axis].number == 0 else { throw NotRepresentable("a size is 0, and not the operand's") }
    }
    return [try context.reshape(x, sizes)]
  },
  Decomposition(Reshape.self) { (op, context) throws(NotRepresentable) in
    guard op.allowzero else { throw NotRepresentable("") }
    return [try context.reshapedToZeros()]
  },
  Decomposition(Expand.self) { (_, context) throws(NotRepresentable) in
    let x = try context.required(0)
    let (from, to) = (try context.fixedShape(x), try context.fixedShape(context.graph[context.node].results[0]))
    let aligned = [Int](repeating: 1, count: to.count - from.count) + from
    let whole = aligned == from ? x : try context.reshape(x, aligned)
    return [try context.emit(Tile(), whole, context.vector(zip(aligned, to).map { $0 == $1 ? 1 : $1 }))]
  },
  Decomposition(Expand.self) { (_, context) throws(NotRepresentable) in [try context.repeatedToShape()] },
  Decomposition(ConstantOfShape.self) { (op, context) throws(NotRepresentable) in try context.filled(op) },
  Decomposition(Slice.self) { (_, context) throws(NotRepresentable) in [try context.steps()] },
  Decomposition(Trilu.self) { (op, context) throws(NotRepresentable) in
    let x = try context.required(0)
    return [try (context.knownShape(x).contains(0) ? x : context.triangle(op))]
  },
  Decomposition(Pad.self) { (op, context) throws(NotRepresentable) in [try context.padOfAllAxes(op)] },
  Decomposition(Pad.self) { (op, context) throws(NotRepresentable) in [try context.wrapped(op)] },
  Decomposition(Pad.self) { (op, context) throws(NotRepresentable) in [try context.edged(op)] },
  Decomposition(Pad.self) { (op, context) throws(NotRepresentable) in [try context.padOfComputedAxes(op)] },
  Decomposition(Pad.self) { (op, context) throws(NotRepresentable) in [try context.padOfComputedValue(op)] },
  // A list of axes that is computed, as the shape that it leads to.
  Decomposition(Squeeze.self) { (_, context) throws(NotRepresentable) in
    // Where no axes are named, sizes say which go, whatever rank the model states.
    if context.operand(1) == nil { _ = try context.fixedShape(context.required(0)) }
    return [try context.asReshape()]
  },
  Decomposition(Unsqueeze.self) { (_, context) throws(NotRepresentable) in [try context.asReshape()] },
]

extension StepContext {
  fileprivate mutating func asReshape() throws(NotRepresentable) -> ValueID {
    let shape = try knownShape(graph[node].results[0])
    guard shape.count(where: { $0.number == nil }) <= 1 else { throw NotRepresentable("the axes are computed") }
    return try reshape(required(0), shape.map { $0.number ?? -1 })
  }

  fileprivate mutating func filled(_ op: ConstantOfShape) throws(NotRepresentable) -> [ValueID?] {
    guard let value = op.value.map({ try? $0.reshaped(to: []) }) ?? (try? Tensor.scalar(Float(0))) else { throw NotRepresentable("") }
    guard let sizes = try? fixedShape(graph[node].results[0]) else {
      return [try emit(Expand(), graph.addConstant("", value), required(0))]
    }
    guard let count = sizes.elementCount, count <= 1 << 20 else { throw NotRepresentable("the constant is large") }
    do {
      return [graph.addConstant("", try Expand().evaluate(Operands([value, Tensor.integers(sizes)]))[0])]
    } catch { throw NotRepresentable(error.message) }
  }

  /// Steps other than 1, as the positions that they lead to.
  fileprivate mutating func steps() throws(NotRepresentable) -> ValueID {
    var x = try required(0)
    guard let steps = operand(4), let axesOperand = operand(3) ?? operand(1) else { throw NotRepresentable("") }
    let (starts, ends) = (try integers(required(1), what: "starts"), try integers(required(2), what: "ends"))
    let strides = try integers(steps, what: "steps")
    let axes = operand(3) == nil ? Array(starts.indices) : try integers(axesOperand, what: "axes")
    guard starts.count == ends.count, starts.count == strides.count, starts.count == axes.count else { throw NotRepresentable("") }
    let shape = try knownShape(x)
    for index in axes.indices {
      let along = try axis(axes[index], of: x)
      guard strides[index] != 1 else {
        x = try slice(x, axis: along, from: starts[index], to: ends[index])
        continue
      }
      guard let size = shape[along].number, strides[index] != 0, size <= 1 << 20 else { throw NotRepresentable("steps are not 1") }
      let low = strides[index] < 0 ? -1 : 0
      let high = strides[index] < 0 ? size - 1 : size
      func clamped(_ at: Int) -> Int { min(max(at < 0 ? at &+ size : at, low), high) }
      x = try emit(
        Gather(axis: along), x, vector(Array(stride(from: clamped(starts[index]), to: clamped(ends[index]), by: strides[index]))))
    }
    return x
  }

  /// Chooses by comparing the coordinates along the last two axes.
  fileprivate mutating func triangle(_ op: Trilu) throws(NotRepresentable) -> ValueID {
    let x = try required(0)
    let shape = try knownShape(x)
    guard shape.count >= 2 else { throw NotRepresentable("the operand has less than two axes") }
    let rows = try unsqueeze(positions(x, axis: shape.count - 2), at: [1])
    let columns = try unsqueeze(positions(x, axis: shape.count - 1), at: [0])
    let border = operand(1)
    let limit = try border.map { (k) throws(NotRepresentable) in try emit(Add(), rows, k) } ?? rows
    let isOutside = try compared(op.upper ? Less() : Greater(), columns, limit)
    return try emit(Where(), isOutside, number(0, like: x), x)
  }

  /// 0, 1, … along an axis.
  mutating func positions(_ x: ValueID, axis: Int) throws(NotRepresentable) -> ValueID {
    if let size = try knownShape(x)[axis].number, size <= 1 << 20 { return try vector(Array(0..<size)) }
    let size = try emit(Squeeze(), size(x, axis: axis), vector([0]))
    return try emit(RangeOf(), constant(scalar: 0), size, constant(scalar: 1))
  }

  /// To sizes of which some may be 0: as if those were 1, with as many elements as that takes, of which none remains.
  fileprivate mutating func reshapedToZeros() throws(NotRepresentable) -> ValueID {
    let (x, sizes) = (try required(0), try cast(required(1), to: .int64))
    guard let rank = try knownShape(sizes).first?.number, rank > 0 else { throw NotRepresentable("the rank of the result is unknown") }
    let isZero = try cast(emit(Equal(), sizes, constant(scalar: 0)), to: .int64)
    let whole = try emit(Add(), sizes, isZero)
    let isEmpty = try cast(cast(sum(isZero, axes: [0], keepdims: true), to: .bool), to: .int64)
    let missing = try emit(Mul(), emit(ReduceProd(), whole, vector([0])), isEmpty)
    let filling = try emit(Tile(), unsqueeze(number(0, like: x), at: [0]), missing)
    let filled = try emit(Reshape(), concat([flat(x), filling]), whole)
    let isOpen = try cast(compared(Less(), sizes, constant(scalar: 0)), to: .int64)
    let ends = try emit(Add(), sizes, emit(Mul(), isOpen, constant(scalar: Int(Int32.max))))
    return try emit(Slice(), filled, vector([Int](repeating: 0, count: rank)), ends, vector(Array(0..<rank)))
  }

  /// As many copies along each axis as its new size has of the old one, and one where the old one stays.
  fileprivate mutating func repeatedToShape() throws(NotRepresentable) -> ValueID {
    let (x, target) = (try required(0), try cast(required(1), to: .int64))
    guard let count = try knownShape(target).first?.number else { throw NotRepresentable("the rank of the result is unknown") }
    let rank = try knownShape(x).count
    let whole = try unsqueeze(x, at: Array(0..<max(count - rank, 0)))
    let sizes = try count < rank ? concat([vector([Int](repeating: 1, count: rank - count)), target]) : target
    let (zero, own) = (try constant(scalar: 0), try shapeVector(of: whole))
    let divisor = try emit(Add(), own, cast(emit(Equal(), own, zero), to: .int64))
    let times = try emit(Div(), sizes, divisor)
    let stays = try emit(And(), emit(Equal(), times, zero), emit(Not(), emit(Equal(), sizes, zero)))
    return try emit(Tile(), whole, emit(Add(), times, cast(stays, to: .int64)))
  }

  fileprivate mutating func padOfAllAxes(_ op: Pad) throws(NotRepresentable) -> ValueID {
    let x = try required(0)
    guard let axes = operand(3) else { throw NotRepresentable("") }
    let rank = try knownShape(x).count
    let amounts = try integers(required(1), what: "pads")
    let listed = try integers(axes, what: "axes")
    guard amounts.count == 2 * listed.count else { throw NotRepresentable("pads and axes differ in number") }
    var pads = [Int](repeating: 0, count: 2 * rank)
    for (index, axis) in listed.enumerated() {
      let along = try self.axis(axis, of: x)
      (pads[along], pads[along + rank]) = (amounts[index], amounts[index + listed.count])
    }
    return try emit(op, [x, vector(pads), operand(2)], results: 1)[0]
  }

  /// What all axes are padded by: of each that is listed its own, of others nothing.
  fileprivate mutating func padOfComputedAxes(_ op: Pad) throws(NotRepresentable) -> ValueID {
    let x = try required(0)
    guard let axes = operand(3), constant(axes) == nil else { throw NotRepresentable("") }
    let rank = try knownShape(x).count
    let listed = try unsqueeze(nonNegative(axes, size: vector([rank])), at: [1])
    let isListed = try cast(emit(Equal(), listed, unsqueeze(vector(Array(0..<rank)), at: [0])), to: .int64)
    let amounts = try emit(Mul(), reshape(cast(required(1), to: .int64), [2, -1, 1]), isListed)
    return try emit(op, [x, flat(sum(amounts, axes: [1])), operand(2)], results: 1)[0]
  }

  /// A computed value wherever ones, padded with zeros, are zero.
  fileprivate mutating func padOfComputedValue(_ op: Pad) throws(NotRepresentable) -> ValueID {
    let x = try required(0)
    guard op.mode == .constant, let value = operand(2), constant(value) == nil, operand(3) == nil else { throw NotRepresentable("") }
    let ones = try emit(Expand(), number(1, .float32), emit(ShapeOf(), x))
    let isInside = try cast(emit(op, ones, required(1)), to: .bool)
    return try emit(Where(), isInside, emit(op, x, required(1)), scalar(value))
  }

  /// Copies of the first and of the last element along an axis, of what negative pads leave.
  fileprivate mutating func edged(_ op: Pad) throws(NotRepresentable) -> ValueID {
    var x = try required(0)
    guard op.mode == .edge, operand(3) == nil else { throw NotRepresentable("") }
    let rank = try knownShape(x).count
    let pads = try integers(required(1), what: "pads")
    guard pads.count == 2 * rank else { throw NotRepresentable("pads do not fit the rank") }
    for axis in 0..<rank {
      let (before, after) = (pads[axis], pads[axis + rank])
      if before < 0 || after < 0 { x = try slice(x, axis: axis, from: max(0, -before), to: after < 0 ? after : Int(Int32.max)) }
      func copies(from start: Int, to end: Int, _ count: Int, _ context: inout StepContext) throws(NotRepresentable) -> ValueID {
        var repeats = [Int](repeating: 1, count: rank)
        repeats[axis] = count
        let element = try context.slice(x, axis: axis, from: start, to: end)
        return count == 1 ? element : try context.emit(Tile(), element, context.vector(repeats))
      }
      var parts = [x]
      if before > 0 { parts.insert(try copies(from: 0, to: 1, before, &self), at: 0) }
      if after > 0 { parts.append(try copies(from: -1, to: Int(Int32.max), after, &self)) }
      x = try concat(parts, axis: axis)
    }
    return x
  }

  /// The far end before, and the near end behind.
  fileprivate mutating func wrapped(_ op: Pad) throws(NotRepresentable) -> ValueID {
    var x = try required(0)
    guard op.mode == .wrap, operand(3) == nil else { throw NotRepresentable("") }
    let shape = try knownShape(x)
    let pads = try integers(required(1), what: "pads")
    guard pads.count == 2 * shape.count else { throw NotRepresentable("pads do not fit the rank") }
    for axis in shape.indices {
      let (before, after) = (pads[axis], pads[axis + shape.count])
      if before == 0, after == 0 { continue }
      guard let size = shape[axis].number, (0...size).contains(before), (0...size).contains(after) else {
        throw NotRepresentable("pads more than once around")
      }
      var parts = [x]
      if before > 0 { parts.insert(try slice(x, axis: axis, from: size - before, to: size), at: 0) }
      if after > 0 { parts.append(try slice(x, axis: axis, from: 0, to: after)) }
      x = try concat(parts, axis: axis)
    }
    return x
  }
}
