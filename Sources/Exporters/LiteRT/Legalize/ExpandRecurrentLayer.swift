import Diagnostics
import GraphIR
import Operators
import Rewriting
import Tensors

/// LSTM, GRU and RNN become their steps, one after the other where there are few, else a scan. Exact up to rounding.
///
/// What the inputs give to the gates is one product for all steps. The format's own recurrent operators keep their states from one
/// run of the model to the next and do not give the last ones, so none of them can stand for these.
struct ExpandRecurrentLayer: NodeRule {
  /// The most steps that are written one by one.
  private static let unrolledSteps = 16

  var roots: RuleRoots { .operators([LSTM.self, GRU.self, RNN.self]) }

  func rewrite(_ node: MatchedNode, _ edit: inout Edit) throws(NoMatch) {
    let x = try node.operand(0)
    let shape = try x.shape()
    let element = try x.elementType()
    try require(shape.count == 3 && element == .float32, "an operand that is no sequence of 32-bit floats")
    let layer = try RecurrentParameters(node)
    let steps = shape[layer.batchFirst ? 1 : 0], batch = shape[layer.batchFirst ? 0 : 1]
    if let lengths = node.operandIfPresent(4) {
      let known = try? lengths.integers()
      try require(known?.allSatisfy { $0 == steps.number } ?? false, "sequences of different lengths")
    }
    let sequence = layer.batchFirst ? edit.emit(Transpose(perm: [1, 0, 2]), x.id) : x.id
    var all: [ValueID] = []
    var last: [[ValueID]] = []
    for index in 0..<layer.directionCount {
      let cell = layer.cell(index)
      let gates = try layer.projection(sequence, index, &edit)
      var states: [ValueID] = []
      for state in 0..<cell.stateCount {
        states.append(try initial(node.operandIfPresent(5 + state), layer, index, sequence, batch, &edit))
      }
      let run = Run(cell: cell, isReverse: layer.direction == .reverse || index == 1, needsAll: !node.isUnused(result: 0))
      let (outputs, ends) = try run.add(gates, steps, batch, states, unrolledSteps: Self.unrolledSteps, &edit)
      if let outputs { all.append(outputs) }
      last.append(ends)
    }
    if !all.isEmpty {
      let joined = all.count == 1 ? all[0] : edit.emit(Concat(axis: 1), operands: all)[0]
      edit.replace(node.result(0), with: layer.batchFirst ? edit.emit(Transpose(perm: [2, 0, 1, 3]), joined) : joined)
    }
    for index in 1..<max(node.resultCount, 1) where !node.isUnused(result: index) {
      let axis = edit.constant([0])
      let ends = last.map { edit.emit(Unsqueeze(), $0[index - 1], axis) }
      let joined = ends.count == 1 ? ends[0] : edit.emit(Concat(axis: 0), operands: ends)[0]
      edit.replace(node.result(index), with: layer.batchFirst ? edit.emit(Transpose(perm: [1, 0, 2]), joined) : joined)
    }
    edit.retireRoot()
  }

  /// A direction's state before the first step, `[batch, hidden]`: zeros unless it is given.
  private func initial(
    _ given: MatchedValue?, _ layer: RecurrentParameters, _ index: Int, _ sequence: ValueID, _ batch: Dim, _ edit: inout Edit
  ) throws(NoMatch) -> ValueID {
    guard let given else {
      if let count = batch.number {
        return try edit.floats([Float](repeating: 0, count: count * layer.hidden), [count, layer.hidden])
      }
      var size = ShapeOf()
      (size.start, size.end) = (1, 2)
      let shape = edit.emit(Concat(axis: 0), edit.emit(size, sequence), edit.constant([layer.hidden]))
      return edit.emit(Expand(), try edit.floats([0], []), shape)
    }
    let states = layer.batchFirst ? edit.emit(Transpose(perm: [1, 0, 2]), given.id) : given.id
    return edit.emit(Squeeze(), layer.directionCount == 1 ? states : edit.parts(of: states, axis: 0, count: 2)[index], edit.constant([0]))
  }
}

/// One direction on its way through the sequences.
private struct Run {
  var cell: RecurrentCell
  var isReverse: Bool
  /// Whether the state after every step is asked for.
  var needsAll: Bool

  /// The states after each step `[steps, 1, batch, hidden]` and the last ones.
  func add(
    _ gates: ValueID, _ steps: Dim, _ batch: Dim, _ states: [ValueID], unrolledSteps: Int, _ edit: inout Edit
  ) throws(NoMatch) -> (ValueID?, [ValueID]) {
    guard let count = steps.number, count > 0, count <= unrolledSteps else { return try scan(gates, batch, states, &edit) }
    let axis = edit.constant([0])
    let inputs = edit.parts(of: gates, axis: 0, count: count).map { edit.emit(Squeeze(), $0, axis) }
    var (current, outputs) = (states, [ValueID]())
    for step in isReverse ? Array((0..<count).reversed()) : Array(0..<count) {
      current = try cell.step(inputs[step], current, in: &edit)
      outputs.append(current[0])
    }
    guard needsAll else { return (nil, current) }
    if isReverse { outputs.reverse() }
    let axes = edit.constant([0, 1])
    let placed = outputs.map { edit.emit(Unsqueeze(), $0, axes) }
    return (placed.count == 1 ? placed[0] : edit.emit(Concat(axis: 0), operands: placed)[0], current)
  }

  private func scan(_ gates: ValueID, _ batch: Dim, _ states: [ValueID], _ edit: inout Edit) throws(NoMatch) -> (ValueID?, [ValueID]) {
    var body = BodySink(Graph(name: "step"))
    let inner = states.indices.map { body.graph.addInput("@state_\($0)", .tensor(.float32, [batch, .number(cell.hidden)])) }
    let slice = body.graph.addInput("@gates", .tensor(.float32, [batch, .number(cell.gateCount * cell.hidden)]))
    var outputs = try cell.step(slice, inner, in: &body)
    if needsAll { outputs.append(body.add(Identity(), outputs[0])) }
    body.graph.setOutputs(outputs)
    var scan = Scan()
    scan.body = body.graph
    if isReverse { scan.scanInputDirections = [1] }
    if isReverse, needsAll { scan.scanOutputDirections = [1] }
    let results = edit.emit(scan, operands: states.map(\.self) + [gates], resultCount: outputs.count)
    let all = needsAll ? edit.emit(Unsqueeze(), results[states.count], edit.constant([1])) : nil
    return (all, Array(results.prefix(states.count)))
  }
}
