import Diagnostics
import GraphIR
import Operators
import Tensors

extension Run {
  /// Runs a node that owns graphs. `operands` are its own, `captures` what its graphs use of the values around.
  mutating func runGraphs(
    of node: Node, _ bodies: [(plan: Plan, memory: PlacedPlan?)], _ operands: [RuntimeValue?], captures: [RuntimeValue?]
  ) throws(ModelError) -> [RuntimeValue] {
    switch node.op {
    case is If where bodies.count == 2:
      let body = try truth(operands.first ?? nil) ? bodies[0] : bodies[1]
      return try run(body.plan, [], captures: captures, memory: body.memory)
    case is Loop where bodies.count == 1: return try loop(bodies[0], operands, captures)
    case let op as Scan where bodies.count == 1: return try scan(op, bodies[0], operands, captures)
    case is SequenceMap where bodies.count == 1: return try map(bodies[0], operands, captures)
    default: throw ModelError(.unsupported, "the operator cannot be run")
    }
  }

  private mutating func loop(
    _ body: (plan: Plan, memory: PlacedPlan?), _ operands: [RuntimeValue?], _ captures: [RuntimeValue?]
  ) throws(ModelError) -> [RuntimeValue] {
    let limit = try operands.first.flatMap { $0 }?.requireTensor().integers().first ?? Int.max
    var condition = try operands.dropFirst().first.flatMap { $0 }.map(truth) ?? true
    var carried = operands.dropFirst(2).compactMap { $0 }
    let outputCount = body.plan.graph.outputs.count
    var stacks = [[Tensor]](repeating: [], count: max(0, outputCount - 1 - carried.count))
    var iteration = 0
    while condition, iteration < limit {
      try spend()
      let flag = try Tensor(.bool, [], elements: [UInt8(1)])
      let outputs = try run(body.plan, [.tensor(.scalar(iteration)), .tensor(flag)] + carried, captures: captures, memory: body.memory)
      condition = try truth(outputs.first)
      for (index, value) in outputs.dropFirst(1 + carried.count).enumerated() { stacks[index].append(try value.requireTensor()) }
      carried = Array(outputs.dropFirst().prefix(carried.count))
      iteration += 1
    }
    var results = carried
    for (index, slices) in stacks.enumerated() {
      let stacked = try slices.isEmpty ? emptyStack(of: body.plan.graph, output: index + 1 + carried.count) : stack(slices, axis: 0)
      results.append(.tensor(stacked))
    }
    return results
  }

  private mutating func map(
    _ body: (plan: Plan, memory: PlacedPlan?), _ operands: [RuntimeValue?], _ captures: [RuntimeValue?]
  ) throws(ModelError) -> [RuntimeValue] {
    guard case .sequence(let items)? = operands.first ?? nil else { throw ModelError(.typeMismatch, "the first operand is no sequence") }
    var gathered = [[RuntimeValue]](repeating: [], count: body.plan.graph.outputs.count)
    for (index, item) in items.enumerated() {
      try spend()
      var inputs: [RuntimeValue?] = [item]
      for operand in operands.dropFirst() {
        guard case .sequence(let others)? = operand else {
          inputs.append(operand)
          continue
        }
        guard index < others.count else { throw ModelError(.typeMismatch, "sequences of \(items.count) and \(others.count) elements") }
        inputs.append(others[index])
      }
      for (output, value) in try run(body.plan, inputs, captures: captures, memory: body.memory).enumerated() { gathered[output].append(value) }
    }
    return gathered.map(RuntimeValue.sequence)
  }

  private mutating func scan(
    _ op: Scan, _ body: (plan: Plan, memory: PlacedPlan?), _ operands: [RuntimeValue?], _ captures: [RuntimeValue?]
  ) throws(ModelError) -> [RuntimeValue] {
    let values = operands.compactMap { $0 }
    guard op.numScanInputs > 0, values.count >= op.numScanInputs else {
      throw ModelError(.invalidGraph, "\(values.count) operands, \(op.numScanInputs) to be scanned")
    }
    var states = Array(values.dropLast(op.numScanInputs))
    let scanned = try ScannedOperands(op, values.suffix(op.numScanInputs))
    var slices = [[Tensor]](repeating: [], count: max(0, body.plan.graph.outputs.count - states.count))
    for iteration in 0..<scanned.length {
      try spend()
      let outputs = try run(body.plan, states + scanned.slices(at: iteration), captures: captures, memory: body.memory)
      for (index, value) in outputs.dropFirst(states.count).enumerated() { slices[index].append(try value.requireTensor()) }
      states = Array(outputs.prefix(states.count))
    }
    var results = states
    for (index, pieces) in slices.enumerated() {
      guard let first = pieces.first else {
        results.append(.tensor(try emptyStack(of: body.plan.graph, output: index + states.count)))
        continue
      }
      let isReversed = op.scanOutputDirections.map { index < $0.count && $0[index] == 1 } ?? false
      let axis = try scanAxis(op.scanOutputAxes, index, rank: first.rank + 1)
      results.append(.tensor(try stack(isReversed ? pieces.reversed() : pieces, axis: axis)))
    }
    return results
  }

  private mutating func spend() throws(ModelError) {
    guard !Task.isCancelled else { throw ModelError(.interrupted, "interrupted") }
    remainingIterations -= 1
    guard remainingIterations >= 0 else {
      throw ModelError(.limitExceeded, "loops take more than \(iterationLimit) iterations", notes: ["--max-iterations allows more"])
    }
  }

  private func truth(_ value: RuntimeValue?) throws(ModelError) -> Bool {
    guard let tensor = value?.tensor, tensor.element == .bool, tensor.count == 1 else {
      throw ModelError(.typeMismatch, "a condition that is not a single boolean")
    }
    return try tensor.integers()[0] != 0
  }

  /// What no iteration at all stacks up to: of length 0, other sizes as far as they are known.
  private func emptyStack(of body: Graph, output: Int) throws(ModelError) -> Tensor {
    guard output < body.outputs.count, let type = body[body.outputs[output]].type?.tensorType else {
      throw ModelError(.typeMismatch, "the type of an empty result is not known")
    }
    return try Tensor(type.element, [0] + (type.shape ?? []).map { $0.number ?? 0 }, bytes: OwnedBytes(uninitialized: 0))
  }
}

/// What a `Scan` cuts into slices.
private struct ScannedOperands {
  private let op: Scan
  private let tensors: [Tensor]
  private let axes: [Int]
  let length: Int

  init(_ op: Scan, _ values: ArraySlice<RuntimeValue>) throws(ModelError) {
    self.op = op
    var tensors: [Tensor] = []
    var axes: [Int] = []
    for (index, value) in values.enumerated() {
      let tensor = try value.requireTensor()
      tensors.append(tensor)
      axes.append(try scanAxis(op.scanInputAxes, index, rank: tensor.rank))
    }
    length = tensors[0].shape[axes[0]]
    for (tensor, axis) in zip(tensors, axes) where tensor.shape[axis] != length {
      throw ModelError(.typeMismatch, "scanned operands of lengths \(length) and \(tensor.shape[axis])")
    }
    self.tensors = tensors
    self.axes = axes
  }

  func slices(at iteration: Int) throws(ModelError) -> [RuntimeValue] {
    var slices: [RuntimeValue] = []
    for (index, tensor) in tensors.enumerated() {
      let isReversed = op.scanInputDirections.map { index < $0.count && $0[index] == 1 } ?? false
      var gather = Gather()
      gather.axis = axes[index]
      let at = try Tensor.scalar(isReversed ? length - 1 - iteration : iteration)
      slices.append(.tensor(try one(gather.evaluateTensors([tensor, at], resultCount: 1))))
    }
    return slices
  }
}

private func scanAxis(_ axes: [Int]?, _ index: Int, rank: Int) throws(ModelError) -> Int {
  let given = axes.map { index < $0.count ? $0[index] : 0 } ?? 0
  let axis = given < 0 ? given + rank : given
  guard axis >= 0, axis < rank else { throw ModelError(.invalidGraph, "axis \(given) of a tensor of rank \(rank)") }
  return axis
}

private func stack(_ slices: [Tensor], axis: Int) throws(ModelError) -> Tensor {
  let raised = try slices.map { (tensor) throws(ModelError) in
    try tensor.reshaped(to: Array(tensor.shape[..<axis]) + [1] + Array(tensor.shape[axis...]))
  }
  var concat = Concat()
  concat.axis = axis
  return try one(concat.evaluateTensors(raised, resultCount: 1))
}

private func one(_ tensors: [Tensor]) throws(ModelError) -> Tensor {
  guard let tensor = tensors.first else { throw ModelError(.internalInvariant, "no result") }
  return tensor
}
