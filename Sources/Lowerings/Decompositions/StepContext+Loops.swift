import GraphIR
import Operators
import Tensors

extension StepContext {
  /// What a loop's body is given, and what it gives back.
  struct LoopValues {
    var carried: [ValueID] = []
    /// Of which every iteration's are kept, one behind the other.
    var stacked: [ValueID] = []
  }

  /// A loop that runs `count` times: the last carried values, then the stacks. `fill` makes the body: it gets the iteration's number,
  /// the carried values, and `captures` as they are seen from inside.
  mutating func loop(
    _ count: ValueID, carried: [ValueID], captures: [ValueID],
    _ fill: (inout StepContext, ValueID, [ValueID], [ValueID]) throws(NotRepresentable) -> LoopValues
  ) throws(NotRepresentable) -> [ValueID] {
    // Before version 11 a loop has to carry something.
    guard !carried.isEmpty else {
      let idle = try constant(scalar: 0)
      let results = try loop(count, carried: [idle], captures: captures) { (body, step, idle, seen) throws(NotRepresentable) in
        var values = try fill(&body, step, [], seen)
        values.carried = [try body.emit(Identity(), idle[0])]
        return values
      }
      return Array(results.dropFirst())
    }
    var body = Graph(name: "body")
    let iteration = body.addInput("", .tensor(.int64, []))
    let condition = body.addInput("", .tensor(.bool, []))
    let inner = carried.map { body.addInput("", graph[$0].type) }
    let seen = captures.map { body.addCapture(graph[$0].name, graph[$0].type) }
    let goesOn = body.addNode(Identity(), [condition], results: [("", .tensor(.bool, []))])
    var context = StepContext(graph: body, captured: captures.map { constant($0) }, version: version)
    context.node = goesOn
    body = Graph(name: "")
    let values = try fill(&context, iteration, inner, seen)
    body = context.graph
    body.setOutputs([body[goesOn].results[0]] + values.carried + values.stacked)
    var op = Loop()
    let types = values.stacked.map { body[$0].type }
    op.body = body
    return try emitLoop(op, count, carried, captures, stacked: types)
  }

  private mutating func emitLoop(
    _ op: Loop, _ count: ValueID, _ carried: [ValueID], _ captures: [ValueID], stacked: [ValueType?]
  ) throws(NotRepresentable) -> [ValueID] {
    let operands: [ValueID?] = [count, nil] + carried + captures
    let results = try emit(op, operands, results: carried.count + stacked.count)
    for (result, initial) in zip(results, carried) { graph.setType(result, to: graph[initial].type) }
    for (result, type) in zip(results.dropFirst(carried.count), stacked) {
      guard let slice = type?.tensorType, let shape = slice.shape else { throw NotRepresentable("a shape is unknown") }
      graph.setType(result, to: .tensor(slice.element, [.unknown] + shape))
    }
    return results
  }

  /// The first element of a vector, or a scalar, as a scalar.
  mutating func scalar(_ value: ValueID) throws(NotRepresentable) -> ValueID {
    try knownShape(value).isEmpty ? value : try reshape(value, [])
  }
}

/// What comes from running a few nodes again and again, in sets without the operator.
let loopDecompositions: [Decomposition] = [
  Decomposition(RangeOf.self) { (op, context) throws(NotRepresentable) in [try context.counted(op)] },
  Decomposition(NonZero.self) { (_, context) throws(NotRepresentable) in [try context.placesOfNonZeros(context.required(0))] },
  Decomposition(Compress.self) { (op, context) throws(NotRepresentable) in
    let x = try context.required(0)
    let chosen = try context.flat(context.emit(NonZero(), context.required(1)))
    let source = op.axis == nil ? try context.flat(x) : x
    return [try context.emit(Gather(axis: op.axis ?? 0), source, chosen)]
  },
  Decomposition(ScatterElements.self) { (op, context) throws(NotRepresentable) in [try context.scattered(op)] },
  Decomposition(ScatterND.self) { (op, context) throws(NotRepresentable) in [try context.scattered(op)] },
]

extension StepContext {
  /// Start, and the step added once more every time.
  fileprivate mutating func counted(_ op: RangeOf) throws(NotRepresentable) -> ValueID {
    let (start, limit, delta) = (try scalar(required(0)), try scalar(required(1)), try scalar(required(2)))
    if let a = constant(start), let b = constant(limit), let c = constant(delta) {
      do {
        guard let all = try op.evaluate(Operands([a, b, c])).first, all.count <= 1 << 20 else { throw NotRepresentable("the range is long") }
        return constant(all)
      } catch { throw NotRepresentable("the range cannot be computed") }
    }
    let element = try knownElement(start)
    let distance = try emit(Sub(), limit, start)
    let count: ValueID
    if element.isFloatingPoint {
      count = try cast(emit(Ceil(), emit(Div(), distance, delta)), to: .int64)
    } else {
      // Quotients are truncated: one more where something remains on the way to the limit.
      let (wide, step) = (try cast(distance, to: .int64), try cast(delta, to: .int64))
      let quotient = try emit(Div(), wide, step)
      let rest = try emit(Sub(), wide, emit(Mul(), quotient, step))
      let remains = try compared(Greater(), emit(Mul(), rest, step), constant(scalar: 0))
      count = try emit(Add(), quotient, cast(remains, to: .int64))
    }
    return try loop(count, carried: [], captures: [start, delta]) { (body, step, _, seen) throws(NotRepresentable) in
      let far = try body.emit(Mul(), body.cast(step, to: element), seen[1])
      return LoopValues(stacked: [try body.emit(Add(), seen[0], far)])
    }[0]
  }

  /// The first place that is left, as often as there are any; then what coordinates that place has.
  fileprivate mutating func placesOfNonZeros(_ x: ValueID) throws(NotRepresentable) -> ValueID {
    let rank = try knownShape(x).count
    guard rank > 0 else { throw NotRepresentable("the operand is a scalar") }
    let marks = try flat(cast(cast(x, to: .bool), to: .int32))
    let count = try cast(sum(marks, axes: [0]), to: .int64)
    let all = try positions(marks, axis: 0)
    let found = try loop(count, carried: [marks], captures: [all]) { (body, _, carried, seen) throws(NotRepresentable) in
      var first = ArgMax()
      first.keepdims = false
      let place = try body.emit(first, carried[0])
      let isHere = try body.cast(body.emit(Equal(), seen[0], place), to: .int32)
      return LoopValues(carried: [try body.emit(Sub(), carried[0], isHere)], stacked: [place])
    }[1]
    var rows: [ValueID] = []
    for (axis, stride) in try strides(of: x, axes: 0..<rank).enumerated() {
      let slice = try emit(Div(), found, stride)
      let size = try size(x, axis: axis)
      let coordinate = axis == 0 ? slice : try emit(Sub(), slice, emit(Mul(), emit(Div(), slice, size), size))
      rows.append(try unsqueeze(coordinate, at: [0]))
    }
    return try concat(rows)
  }
}

// Updates one after the other.
extension StepContext {
  fileprivate mutating func scattered(_ op: ScatterElements) throws(NotRepresentable) -> ValueID {
    let (data, indices, updates) = (try required(0), try required(1), try required(2))
    let rank = try knownShape(data).count
    let along = try axis(op.axis, of: data)
    let places = try flat(elementPlaces(of: indices, in: data, axis: along, rank: rank))
    let result = try written(flat(updates), on: flat(data), at: places, op.reduction)
    return try emit(Reshape(), result, shapeVector(of: data))
  }

  fileprivate mutating func scattered(_ op: ScatterND) throws(NotRepresentable) -> ValueID {
    let (data, indices, updates) = (try required(0), try required(1), try required(2))
    let (rank, lists) = (try knownShape(data).count, try knownShape(indices).count)
    guard let depth = try knownShape(indices).last?.number, depth <= rank, lists > 0 else { throw NotRepresentable("how many axes are indexed is unknown") }
    let places = try flat(slicePlaces(of: indices, in: data, first: 0, depth: depth))
    var inner: [ValueID] = [try vector([-1])]
    for axis in depth..<rank { inner.append(try size(data, axis: axis)) }
    let slice = try concat(inner)
    let result = try written(emit(Reshape(), updates, slice), on: emit(Reshape(), data, slice), at: places, op.reduction)
    return try emit(Reshape(), result, shapeVector(of: data))
  }

  /// Slices of the first axis of `data`, replaced by or combined with those of `updates`.
  private mutating func written(
    _ updates: ValueID, on data: ValueID, at places: ValueID, _ reduction: ScatterReduction
  ) throws(NotRepresentable) -> ValueID {
    let rank = try knownShape(data).count
    let slices = try unsqueeze(positions(data, axis: 0), at: Array(1..<max(rank, 1)))
    let count = try scalar(size(places, axis: 0))
    return try loop(count, carried: [data], captures: [updates, places, slices]) { (body, step, carried, seen) throws(NotRepresentable) in
      let place = try body.emit(Gather(axis: 0), seen[1], step)
      var new = try body.emit(Gather(axis: 0), seen[0], step)
      if reduction != .none {
        let old = try body.emit(Gather(axis: 0), carried[0], place)
        new = try body.emit(reduction.operation, old, new)
      }
      let isHere = try body.emit(Equal(), seen[2], place)
      return LoopValues(carried: [try body.emit(Where(), isHere, new, carried[0])])
    }[0]
  }
}

extension ScatterReduction {
  fileprivate var operation: any Operator {
    switch self {
    case .none, .add: Add()
    case .mul: Mul()
    case .max: Max()
    case .min: Min()
    }
  }
}
