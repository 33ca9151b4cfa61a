import Diagnostics
import GraphIR
import Operators
import Tensors

/// Runs a graph of the IR, node by node, with the operators' own kernels.
///
/// Each result is dropped after its last use, so memory follows the widest point of the graph.
public struct Executor: Sendable {
  let plan: Plan
  /// Steps that all loops together may take.
  public let iterationLimit: Int
  /// What random operators without a seed of their own draw from.
  public let seed: UInt64

  /// Throws `cycle`, and `unsupported` for the first node without a kernel.
  /// `keepsConstants`: whether deferred constants are computed now and kept, for many runs.
  public init(
    _ graph: Graph, iterationLimit: Int = 1_000_000, seed: UInt64 = 1, keepsConstants: Bool = false
  ) throws(ModelError) {
    self.iterationLimit = iterationLimit
    self.seed = seed
    try Self.requireKernels(graph)
    plan = try Plan(graph, settling: keepsConstants)
  }

  /// The nodes that cannot be run, by place; empty when everything can.
  public static func unsupported(in graph: Graph) -> [Place] { Plan.unsupported(in: graph) }

  private static func requireKernels(_ graph: Graph) throws(ModelError) {
    let places = unsupported(in: graph)
    guard let first = places.first else { return }
    throw ModelError(
      .unsupported, "the operator cannot be run", at: first,
      notes: places.dropFirst().prefix(20).map { "nor can \($0.node ?? "a node") (\($0.operatorName ?? "?"))" })
  }

  /// The graph's outputs for the given inputs, in order. A missing input takes its default.
  ///
  /// Throws `missingValue`, `typeMismatch` or what the kernels throw, naming the node; `interrupted` when the task is
  /// cancelled. `observe` sees every result of the outermost graph as it appears.
  public func run(
    values inputs: [RuntimeValue?], observe: (ValueID, RuntimeValue) -> Void = { _, _ in }
  ) throws(ModelError) -> [RuntimeValue] {
    var run = Run(remainingIterations: iterationLimit, iterationLimit: iterationLimit, seed: seed)
    return try run.run(plan, inputs, captures: [], observe: observe)
  }

  /// The same for graphs whose inputs and outputs are tensors; throws `typeMismatch` for an output that is none.
  public func run(_ inputs: [Tensor?]) throws(ModelError) -> [Tensor] {
    var tensors: [Tensor] = []
    for value in try run(values: inputs.map { $0.map(RuntimeValue.tensor) }) { tensors.append(try value.requireTensor()) }
    return tensors
  }
}

/// One run of a graph and of the graphs within it.
struct Run {
  var remainingIterations: Int
  let iterationLimit: Int
  let seed: UInt64

  mutating func run(
    _ plan: Plan, _ inputs: [RuntimeValue?], captures: [RuntimeValue?], observe: (ValueID, RuntimeValue) -> Void = { _, _ in }
  ) throws(ModelError) -> [RuntimeValue] {
    let graph = plan.graph
    var values = [RuntimeValue?](repeating: nil, count: graph.valueCapacity)
    try bind(inputs, captures, of: graph, to: &values)
    for step in plan.steps {
      guard !Task.isCancelled else { throw ModelError(.interrupted, "interrupted") }
      let results: [RuntimeValue]
      do throws(ModelError) {
        let operands = graph[step.id].operands.map { $0.flatMap { values[$0.index] ?? plan.constant($0).map(RuntimeValue.tensor) } }
        results = try evaluate(graph[step.id], step, operands)
      } catch {
        throw error.located(graph.place(of: step.id))
      }
      for (value, result) in zip(graph[step.id].results, results) {
        values[value.index] = result
        observe(value, result)
      }
      for value in step.expiring { values[value.index] = nil }
    }
    return try outputs(of: graph, values)
  }

  private func outputs(of graph: Graph, _ values: [RuntimeValue?]) throws(ModelError) -> [RuntimeValue] {
    var outputs: [RuntimeValue] = []
    for value in graph.outputs {
      guard let result = values[value.index] ?? graph[value].constant.map(RuntimeValue.tensor) else {
        throw ModelError(.missingValue, "the output was not computed", at: graph.place(of: value))
      }
      outputs.append(result)
    }
    return outputs
  }

  private func bind(
    _ inputs: [RuntimeValue?], _ captures: [RuntimeValue?], of graph: Graph, to values: inout [RuntimeValue?]
  ) throws(ModelError) {
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
      values[value.index] = input
    }
    for (value, capture) in zip(graph.captures, captures) { values[value.index] = capture }
  }

  private mutating func evaluate(_ node: Node, _ step: Plan.Step, _ operands: [RuntimeValue?]) throws(ModelError) -> [RuntimeValue] {
    if !step.bodies.isEmpty {
      return try runGraphs(
        of: node, step.bodies, Array(operands.dropLast(node.captureCount)), captures: Array(operands.suffix(node.captureCount)))
    }
    if let op = node.op as? any StructuredEvaluable { return try op.evaluateValues(operands, resultCount: node.results.count) }
    var tensors: [Tensor?] = []
    tensors.reserveCapacity(operands.count)
    for operand in operands { tensors.append(try operand?.requireTensor()) }
    let results: [Tensor]
    if let op = node.op as? any Randomized {
      var random = SplitMix(seed: seed &+ UInt64(truncatingIfNeeded: step.id.index &+ remainingIterations) &* 0x9e37_79b9)
      results = try op.evaluateTensors(tensors, resultCount: node.results.count, random: &random)
    } else if let op = node.op as? any Evaluable {
      results = try op.evaluateTensors(tensors, resultCount: node.results.count)
    } else {
      throw ModelError(.unsupported, "the operator cannot be run")
    }
    return results.map(RuntimeValue.tensor)
  }
}
