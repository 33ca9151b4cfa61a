import CNumerics
import Diagnostics
import GraphIR
import Operators
import Tensors

/// One run of a graph and of the graphs within it.
struct Run {
  var remainingIterations: Int
  let iterationLimit: Int
  let seed: UInt64
  /// Where results lie that have a place.
  var arena: Arena?
  var draws = DrawSources()

  mutating func run(
    _ plan: Plan, _ inputs: [RuntimeValue?], captures: [RuntimeValue?], memory: PlacedPlan? = nil,
    observe: (ValueID, RuntimeValue) -> Void = { _, _ in }, timed: ((_ step: Int, _ time: Duration) -> Void)? = nil
  ) throws(ModelError) -> [RuntimeValue] {
    let graph = plan.graph
    var values = [RunningValue?](repeating: nil, count: graph.valueCapacity)
    try bind(inputs, captures, of: plan, to: &values)
    for (index, step) in plan.steps.enumerated() {
      let start = timed.map { _ in ContinuousClock.now }
      guard !Task.isCancelled else { throw ModelError(.interrupted, "interrupted") }
      if !runFast(step, of: plan, &values) {
        let bodies = zip(step.bodies, memory?.bodies(of: index, count: step.bodies.count) ?? step.bodies.map { _ in nil })
        for id in step.nodes { try runPlain(id, step, Array(bodies), of: plan, memory, &values, observe) }
      }
      for value in step.expiring { values[value.index] = nil }
      if let timed, let start { timed(index, ContinuousClock.now - start) }
    }
    return try outputs(of: plan, values)
  }

  private mutating func runPlain(
    _ id: NodeID, _ step: Plan.Step, _ bodies: [(plan: Plan, memory: PlacedPlan?)], of plan: Plan, _ memory: PlacedPlan?,
    _ values: inout [RunningValue?], _ observe: (ValueID, RuntimeValue) -> Void
  ) throws(ModelError) {
    let graph = plan.graph
    let results: [RuntimeValue]
    do throws(ModelError) {
      let places = memory.map { memory in graph[id].results.map { memory.place(of: $0) } } ?? []
      let overwritable = places.contains { $0 != nil } ? soleOperand(of: graph[id], step, at: places, &values) : nil
      var operands: [RuntimeValue?] = []
      operands.reserveCapacity(graph[id].operands.count)
      for operand in graph[id].operands {
        guard let operand else {
          operands.append(nil)
          continue
        }
        operands.append(try values[operand.index]?.runtimeValue() ?? graph[operand].constant.map(RuntimeValue.tensor))
      }
      results = try placed(at: places, overwritable: overwritable) { (run) throws(ModelError) in
        try run.evaluate(id, graph, bodies, operands)
      }
    } catch {
      var place = graph.place(of: id)
      if error.code == .limitExceeded, let first = graph[id].results.first(where: { !graph[$0].name.isEmpty }) { place.value = graph[first].name }
      throw error.located(place)
    }
    for (value, result) in zip(graph[id].results, results) {
      values[value.index] = .value(result)
      observe(value, result)
    }
  }

  /// False when plain kernels have to do it: nothing is gained by bringing small operations into another layout.
  private func runFast(_ step: Plan.Step, of plan: Plan, _ values: inout [RunningValue?]) -> Bool {
    guard let (kernel, names) = step.fast, let result = step.nodes.last.map({ plan.graph[$0].results[0] }) else { return false }
    let isPacked = names.contains { values[$0.index]?.isPacked ?? false }
    guard !kernel.isProduct, kernel.isHeavy || isPacked, FastKernel.isAvailable else {
      guard let own = runOwn(kernel, names, of: plan, values) else {
        if kernel.isHeavy { kernel.refuse("there is no oneDNN") }
        return false
      }
      values[result.index] = .value(.tensor(own))
      return true
    }
    var operands: [PackedArray] = []
    for name in names {
      guard let operand = values[name.index]?.packed() ?? plan.graph.constant(name).flatMap({ PackedArray($0) }) else {
        kernel.refuse("\"\(plan.graph[name].name)\" has no form in oneDNN: it is empty, of no axes or of more than \(FN_DNN_RANK)")
        return false
      }
      operands.append(operand)
    }
    let mayReuse = names.count == 2 && names[0] != names[1] && step.expiring.contains(names[1])
    guard let packed = kernel.run(operands, mayReuse: mayReuse) else { return false }
    values[result.index] = .packed(packed)
    return true
  }

  private func runOwn(_ kernel: FastKernel, _ names: [ValueID], of plan: Plan, _ values: [RunningValue?]) -> Tensor? {
    var operands: [Tensor] = []
    for name in names {
      guard let operand = (try? values[name.index]?.runtimeValue().tensor) ?? plan.graph.constant(name) else { return nil }
      operands.append(operand)
    }
    return kernel.runOwn(operands)
  }

  private func outputs(of plan: Plan, _ values: [RunningValue?]) throws(ModelError) -> [RuntimeValue] {
    var outputs: [RuntimeValue] = []
    for value in plan.graph.outputs {
      guard let result = try values[value.index]?.runtimeValue() ?? plan.graph[value].constant.map(RuntimeValue.tensor) else {
        throw ModelError(.missingValue, "the output was not computed", at: plan.graph.place(of: value))
      }
      outputs.append(result)
    }
    return outputs
  }

  private func bind(
    _ inputs: [RuntimeValue?], _ captures: [RuntimeValue?], of plan: Plan, to values: inout [RunningValue?]
  ) throws(ModelError) {
    let graph = plan.graph
    guard inputs.count <= graph.inputs.count else {
      throw ModelError(.missingValue, "\(inputs.count) inputs are given, the graph has \(graph.inputs.count)")
    }
    for (index, value) in graph.inputs.enumerated() {
      let given = index < inputs.count ? inputs[index] : nil
      guard let input = given ?? graph.defaults[value].map(RuntimeValue.tensor) else {
        throw ModelError(.missingValue, "no input is given", at: graph.place(of: value))
      }
      if let type = graph[value].type {
        guard input.fits(type) else {
          throw ModelError(.typeMismatch, "\(input.typeText) is given, \(type) is expected", at: graph.place(of: value))
        }
      }
      values[value.index] = .value(input)
    }
    for (place, value) in plan.captures where place < captures.count { values[value.index] = captures[place].map(RunningValue.value) }
  }

  private mutating func evaluate(
    _ id: NodeID, _ graph: Graph, _ bodies: [(plan: Plan, memory: PlacedPlan?)], _ operands: [RuntimeValue?]
  ) throws(ModelError) -> [RuntimeValue] {
    let node = graph[id]
    if !bodies.isEmpty {
      return try runGraphs(
        of: node, bodies, Array(operands.dropLast(node.captureCount)), captures: Array(operands.suffix(node.captureCount)))
    }
    if let op = node.op as? any StructuredEvaluable { return try op.evaluateValues(operands, resultCount: node.results.count) }
    var tensors: [Tensor?] = []
    tensors.reserveCapacity(operands.count)
    for operand in operands { tensors.append(try operand?.requireTensor()) }
    if let op = node.op as? any Randomized {
      var random = draws.next(graph.drawsName(of: id), else: id, seed: seed)
      return try op.evaluateTensors(tensors, resultCount: node.results.count, random: &random).map(RuntimeValue.tensor)
    }
    guard let op = node.op as? any Evaluable else { throw ModelError(.unsupported, "the operator cannot be run") }
    return try op.evaluateTensors(tensors, resultCount: node.results.count).map(RuntimeValue.tensor)
  }
}

/// A value of a graph during a run.
enum RunningValue: Sendable {
  case value(RuntimeValue)
  case packed(PackedArray)

  var isPacked: Bool {
    if case .packed = self { true } else { false }
  }

  /// Throws `internalInvariant` when a packed value cannot be read.
  func runtimeValue() throws(ModelError) -> RuntimeValue {
    switch self {
    case .value(let value): value
    case .packed(let array): .tensor(try array.tensor())
    }
  }

  /// As an operand of oneDNN; `nil` for what it has no place for.
  func packed() -> PackedArray? {
    switch self {
    case .value(let value): value.tensor.flatMap { PackedArray($0) }
    case .packed(let array): array
    }
  }
}
