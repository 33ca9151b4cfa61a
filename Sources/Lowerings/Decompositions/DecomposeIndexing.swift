import GraphIR
import Operators
import Tensors

/// What chooses elements by their positions, in terms of Gather along one axis.
let indexingDecompositions: [Decomposition] = [
  Decomposition(GatherElements.self) { (op, context) throws(NotRepresentable) in
    let (x, indices) = (try context.required(0), try context.required(1))
    let along = try context.axis(op.axis, of: x)
    let places = try context.elementPlaces(of: indices, in: x, axis: along, rank: context.knownShape(x).count)
    return [try context.emit(Gather(axis: 0), context.flat(x), places)]
  },
  Decomposition(GatherND.self) { (op, context) throws(NotRepresentable) in [try context.gathered(op)] },
  Decomposition(OneHot.self) { (op, context) throws(NotRepresentable) in [try context.oneHot(op)] },
  Decomposition(Where.self) { (_, context) throws(NotRepresentable) in [try context.chosen()] },
  Decomposition(EyeLike.self) { (op, context) throws(NotRepresentable) in
    let x = try context.required(0)
    let own = try context.knownElement(x)
    let element = op.dtype ?? own
    let rows = try context.coordinates(x, axis: 0, rank: 2)
    let shifted = op.k == 0 ? rows : try context.emit(Add(), rows, context.constant(scalar: op.k))
    return [try context.cast(context.emit(Equal(), context.coordinates(x, axis: 1, rank: 2), shifted), to: element)]
  },
  Decomposition(ReverseSequence.self) { (op, context) throws(NotRepresentable) in [try context.reversed(op)] },
  Decomposition(MaxUnpool.self) { (op, context) throws(NotRepresentable) in [try context.unpooled(op)] },
  Decomposition(TensorScatter.self) { (op, context) throws(NotRepresentable) in [try context.overwritten(op)] },
]

extension StepContext {
  /// Positions in the flattened `data`, shaped as the indices, which replace its coordinates along one axis.
  mutating func elementPlaces(
    of indices: ValueID, in data: ValueID, axis along: Int, rank: Int
  ) throws(NotRepresentable) -> ValueID {
    let strides = try strides(of: data, axes: 0..<rank)
    var places = try emit(Mul(), nonNegative(indices, size: size(data, axis: along)), strides[along])
    for axis in 0..<rank where axis != along {
      places = try emit(Add(), places, emit(Mul(), coordinates(indices, axis: axis, rank: rank), strides[axis]))
    }
    return places
  }

  /// The positions of slices of `data`, whose coordinates along `depth` axes, from the `first` on, are the last axis of `indices`.
  mutating func slicePlaces(of indices: ValueID, in data: ValueID, first: Int, depth: Int) throws(NotRepresentable) -> ValueID {
    let rank = try knownShape(indices).count
    let strides = try strides(of: data, axes: 0..<first + depth)
    var places: ValueID?
    for axis in 0..<depth {
      let listed = try emit(Gather(axis: rank - 1), indices, constant(scalar: axis))
      let part = try emit(Mul(), nonNegative(listed, size: size(data, axis: first + axis)), strides[first + axis])
      places = try places.map { (sum) throws(NotRepresentable) in try emit(Add(), sum, part) } ?? part
    }
    guard var places else { throw NotRepresentable("no axis is indexed") }
    for axis in 0..<first {
      places = try emit(Add(), places, emit(Mul(), coordinates(indices, axis: axis, rank: rank - 1), strides[axis]))
    }
    return places
  }

  fileprivate mutating func gathered(_ op: GatherND) throws(NotRepresentable) -> ValueID {
    let (data, indices) = (try required(0), try required(1))
    let rank = try knownShape(data).count
    guard let depth = try knownShape(indices).last?.number, op.batchDims >= 0, depth >= 0, op.batchDims + depth <= rank else {
      throw NotRepresentable("how many axes are indexed is unknown")
    }
    let places = try slicePlaces(of: indices, in: data, first: op.batchDims, depth: depth)
    var inner: [ValueID] = [try vector([-1])]
    for axis in (op.batchDims + depth)..<rank { inner.append(try size(data, axis: axis)) }
    return try emit(Gather(axis: 0), emit(Reshape(), data, concat(inner)), places)
  }

  /// The second of two values where a coordinate equals the index, which may count from the end.
  fileprivate mutating func oneHot(_ op: OneHot) throws(NotRepresentable) -> ValueID {
    let (indices, values) = (try required(0), try required(2))
    let depth = try scalar(cast(required(1), to: .int64))
    let rank = try knownShape(indices).count + 1
    let along = op.axis < 0 ? op.axis + rank : op.axis
    guard (0..<rank).contains(along) else { throw NotRepresentable("axis \(op.axis) of rank \(rank)") }
    let places: ValueID
    if let size = try? constant(depth)?.integers().first, size <= 1 << 20 {
      places = try vector(Array(0..<max(size, 0)))
    } else {
      places = try emit(RangeOf(), constant(scalar: 0), depth, constant(scalar: 1))
    }
    let wanted = try unsqueeze(nonNegative(indices, size: depth), at: [along])
    let spread = try unsqueeze(places, at: (0..<rank).filter { $0 != along })
    return try emit(Gather(axis: 0), values, cast(emit(Equal(), wanted, spread), to: .int64))
  }

  /// One of two lists put together as one, the second behind the first.
  fileprivate mutating func chosen() throws(NotRepresentable) -> ValueID {
    let shape: ValueID
    if let known = try? resultShape() { shape = known } else { shape = try broadcastShape() }
    let condition = try expanded(required(0), to: shape)
    let pool = try concat([flat(expanded(required(1), to: shape)), flat(expanded(required(2), to: shape))])
    let isSecond = try cast(emit(Not(), flat(condition)), to: .int64)
    let first = try positions(isSecond, axis: 0)
    let places = try emit(Add(), first, emit(Mul(), isSecond, size(isSecond, axis: 0)))
    return try emit(Reshape(), emit(Gather(axis: 0), pool, places), shape)
  }

  /// The shape that the three operands broadcast to, as that of a relation between them.
  private mutating func broadcastShape() throws(NotRepresentable) -> ValueID {
    var all = try required(0)
    for index in 1...2 { all = try emit(And(), all, cast(required(index), to: .bool)) }
    return try shapeVector(of: all)
  }

  /// Within a sequence, as far from its end as before from its beginning.
  fileprivate mutating func reversed(_ op: ReverseSequence) throws(NotRepresentable) -> ValueID {
    let (x, lengths) = (try required(0), try required(1))
    let rank = try knownShape(x).count
    let step = try coordinates(x, axis: op.timeAxis, rank: 2)
    let batch = try coordinates(x, axis: op.batchAxis, rank: 2)
    let length = try unsqueeze(cast(lengths, to: .int64), at: [op.timeAxis])
    let isWithin = try cast(compared(Less(), step, length), to: .int64)
    let last = try emit(Sub(), length, constant(scalar: 1))
    let distance = try emit(Sub(), last, emit(Add(), step, step))
    let source = try emit(Add(), step, emit(Mul(), isWithin, distance))
    let (major, minor) = op.batchAxis == 0 ? (batch, source) : (source, batch)
    let places = try emit(Add(), emit(Mul(), major, size(x, axis: 1)), minor)
    var rows: [ValueID] = [try vector([-1])]
    for axis in 2..<max(rank, 2) { rows.append(try size(x, axis: axis)) }
    return try emit(Gather(axis: 0), emit(Reshape(), x, concat(rows)), places)
  }

  fileprivate mutating func unpooled(_ op: MaxUnpool) throws(NotRepresentable) -> ValueID {
    let (x, indices) = (try required(0), try required(1))
    // The positions are those of the result without a given size, which is what is missing larger.
    if let target = operand(2) {
      let pooled = try emit(op, x, indices)
      let sizes = try fixedShape(pooled)
      return try emit(Pad(), pooled, padding(sizes, to: target))
    }
    let sizes = try fixedShape(graph[node].results[0])
    guard let count = sizes.elementCount, count <= 1 << 20 else { throw NotRepresentable("the result is large") }
    let empty = try numbers([Double](repeating: 0, count: count), [count], knownElement(x))
    return try reshape(emit(ScatterElements(), empty, flat(indices), flat(x)), sizes)
  }

  /// What `Pad` adds behind each axis for the sizes of `target`.
  private mutating func padding(_ sizes: [Int], to target: ValueID) throws(NotRepresentable) -> ValueID {
    let none = sizes.map { _ in 0 }
    guard constant(target) != nil else { return try concat([vector(none), emit(Sub(), target, vector(sizes))]) }
    return try vector(none + zip(integers(target, what: "output_shape"), sizes).map { $0 - $1 })
  }

  /// Each place of the cache, from the update where that covers it.
  fileprivate mutating func overwritten(_ op: TensorScatter) throws(NotRepresentable) -> ValueID {
    let (cache, update) = (try required(0), try required(1))
    let rank = try knownShape(cache).count
    let along = try axis(op.axis, of: cache)
    let (size, count) = (try size(cache, axis: along), try size(update, axis: along))
    var distance = try coordinates(cache, axis: along, rank: rank)
    if let starts = operand(2) {
      distance = try emit(Sub(), distance, unsqueeze(cast(starts, to: .int64), at: Array(1..<rank)))
      if op.mode == .circular { distance = try emit(Mod(), distance, size) }
    }
    let isAfter = try emit(Not(), compared(Less(), distance, constant(scalar: 0)))
    let isCovered = try emit(And(), isAfter, compared(Less(), distance, count))
    let place = try emit(Mul(), cast(isCovered, to: .int64), distance)
    let new = try emit(gather(along), update, expanded(place, to: shapeVector(of: cache)))
    return try emit(Where(), isCovered, new, cache)
  }

  private func gather(_ axis: Int) -> GatherElements {
    var op = GatherElements()
    op.axis = axis
    return op
  }
}
