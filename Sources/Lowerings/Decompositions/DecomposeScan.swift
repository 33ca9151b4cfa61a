import GraphIR
import Operators
import Tensors

/// Scans as loops that choose a slice in every round, and maps over sequences as loops that append to one.
let controlDecompositions: [Decomposition] = [
  Decomposition(Scan.self) { (op, context) throws(NotRepresentable) in try context.loop(scanning: op) }
]

extension StepContext {
  /// The body with the round's number and a condition before its states; what it scanned is now chosen from captures.
  fileprivate mutating func loop(scanning op: Scan) throws(NotRepresentable) -> [ValueID?] {
    let operands = graph[node].operands
    let own = operands.count - op.body.captures.count
    let states = own - op.numScanInputs
    // Before version 11 a loop has to carry something.
    guard states > 0 || states == 0 && version >= 11, op.numScanInputs > 0, op.body.inputs.count == own, op.body.outputs.count >= states else {
      throw NotRepresentable("has no state, or a body that does not fit the operands")
    }
    var scanned: [ValueID] = []
    for operand in operands[states..<own] {
      guard let operand else { throw NotRepresentable("an operand is missing") }
      scanned.append(operand)
    }
    let axes = try scanned.indices.map { (index) throws(NotRepresentable) in try axis(entry(op.scanInputAxes, index) ?? 0, of: scanned[index]) }
    let length = try scalar(size(scanned[0], axis: axes[0]))
    let last = try emit(Sub(), length, constant(scalar: 1))
    var body = op.body
    let iteration = body.addInput("", .tensor(.int64, []))
    let condition = body.addInput("", .tensor(.bool, []))
    let oldInputs = op.body.inputs
    body.setInputs([iteration, condition] + oldInputs.prefix(states))
    for index in scanned.indices {
      let isReversed = entry(op.scanInputDirections, index) == 1
      try choose(oldInputs[states + index], &body, scanned[index], axes[index], iteration, isReversed ? last : nil)
    }
    let goesOn = body.addNode(Identity(), [condition], results: [("", .tensor(.bool, []))])
    body.setOutputs([body[goesOn].results[0]] + op.body.outputs)
    var result = Loop()
    result.body = body
    var captures = operands[own...].compactMap { $0 }
    for (index, value) in scanned.enumerated() {
      captures.append(value)
      if entry(op.scanInputDirections, index) == 1 { captures.append(last) }
    }
    let count = op.body.outputs.count
    let made = try emit(result, [length, nil] + operands[..<states] + captures.map { $0 }, results: count)
    return try stacked(made, states, op, last: last)
  }

  private func entry(_ list: [Int]?, _ index: Int) -> Int? { list.flatMap { $0.indices.contains(index) ? $0[index] : nil } }

  /// Puts a slice of a captured value in the place of an input of the body.
  private func choose(
    _ input: ValueID, _ body: inout Graph, _ source: ValueID, _ axis: Int, _ iteration: ValueID, _ last: ValueID?
  ) throws(NotRepresentable) {
    let whole = body.addCapture(graph[source].name, graph[source].type)
    var place = iteration
    if let last {
      let end = body.addCapture(graph[last].name, graph[last].type)
      let back = body.addNode(Sub(), [end, iteration], results: [("", .tensor(.int64, []))])
      place = body[back].results[0]
    }
    let type = body[input].type ?? graph[source].type?.tensorType.flatMap { type in
      type.shape.map { shape in .tensor(type.element, Array(shape[..<axis] + shape[(axis + 1)...])) }
    }
    let name = body[input].name
    body.rename(input, to: "")
    let slice = body.addNode(Gather(axis: axis), [whole, place], results: [(name, type)])
    body.replaceAllUses(of: input, with: body[slice].results[0])
  }

  /// The stacks along the axes and in the order that they are to have.
  private mutating func stacked(_ made: [ValueID], _ states: Int, _ op: Scan, last: ValueID) throws(NotRepresentable) -> [ValueID?] {
    var results: [ValueID?] = []
    for (index, value) in made.enumerated() {
      let old = graph[node].results[index]
      guard index >= states, var type = graph[old].type?.tensorType, let shape = type.shape else {
        graph.setType(value, to: graph[old].type)
        results.append(value)
        continue
      }
      let along = try axis(entry(op.scanOutputAxes, index - states) ?? 0, of: old)
      let order = (0..<shape.count).filter { $0 != along }
      type = TensorType(type.element, [shape[along]] + order.map { shape[$0] })
      graph.setType(value, to: .tensor(type))
      var stack = value
      if entry(op.scanOutputDirections, index - states) == 1 {
        stack = try emit(Gather(axis: 0), stack, emit(Sub(), last, positions(stack, axis: 0)))
      }
      var back = Array(1..<shape.count)
      back.insert(0, at: along)
      results.append(try transpose(stack, back))
    }
    return results
  }
}
