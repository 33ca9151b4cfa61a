import Diagnostics
import GraphIR
import Operators
import Tensors

/// Runs a graph of the IR on tensors, node by node, with the operators' own kernels.
///
/// Each result is dropped after its last use, so memory follows the widest point of the graph.
public struct Executor: Sendable {
  private let graph: Graph
  private let order: [NodeID]
  /// By position in `order`, the values that no later step needs.
  private let expiring: [[ValueID]]
  /// Steps that all loops together may take.
  public let iterationLimit: Int

  /// Throws `cycle`, and `unsupported` for the first node without a kernel.
  public init(_ graph: Graph, iterationLimit: Int = 1_000_000) throws(ModelError) {
    self.graph = graph
    self.iterationLimit = iterationLimit
    order = try graph.topologicalOrder()
    try Self.requireKernels(graph)
    expiring = Self.expirations(graph, order)
  }

  /// The nodes that cannot be run, by place; empty when everything can.
  public static func unsupported(in graph: Graph) -> [Place] {
    graph.nodeIDs.flatMap { id -> [Place] in
      let op = graph[id].op
      if op.graphs.isEmpty { return op is any Evaluable ? [] : [graph.place(of: id)] }
      return (op is any ControlFlow ? [] : [graph.place(of: id)]) + op.graphs.flatMap(unsupported)
    }
  }

  private static func requireKernels(_ graph: Graph) throws(ModelError) {
    let places = unsupported(in: graph)
    guard let first = places.first else { return }
    throw ModelError(
      .unsupported, "the operator cannot be run", at: first,
      notes: places.dropFirst().prefix(20).map { "nor can \($0.node ?? "a node") (\($0.operatorName ?? "?"))" })
  }

  private static func expirations(_ graph: Graph, _ order: [NodeID]) -> [[ValueID]] {
    var lastStep: [ValueID: Int] = [:]
    for (step, id) in order.enumerated() {
      for case let operand? in graph[id].operands { lastStep[operand] = step }
      for result in graph[id].results where graph[result].uses.isEmpty { lastStep[result] = step }
    }
    var expiring = [[ValueID]](repeating: [], count: order.count)
    for (value, step) in lastStep where !graph[value].isOutput && graph[value].constant == nil { expiring[step].append(value) }
    return expiring
  }

  /// The graph's outputs for the given inputs, in order. A missing input takes its default.
  ///
  /// Throws `missingValue`, `typeMismatch` or what the kernels throw, naming the node; `interrupted` when the task is cancelled.
  /// `observe` sees every result as it appears.
  public func run(
    _ inputs: [Tensor?], observe: (ValueID, Tensor) -> Void = { _, _ in }
  ) throws(ModelError) -> [Tensor] {
    var steps = iterationLimit
    return try run(inputs, captures: [], steps: &steps, observe: observe)
  }

  func run(
    _ inputs: [Tensor?], captures: [Tensor?], steps: inout Int, observe: (ValueID, Tensor) -> Void = { _, _ in }
  ) throws(ModelError) -> [Tensor] {
    var values = [Tensor?](repeating: nil, count: graph.valueCapacity)
    try bind(inputs, captures, to: &values)
    for (step, id) in order.enumerated() {
      guard !Task.isCancelled else { throw ModelError(.interrupted, "interrupted") }
      let node = graph[id]
      let operands = node.operands.map { $0.flatMap { values[$0.index] ?? graph[$0].constant } }
      let results: [Tensor]
      do throws(ModelError) {
        results = try evaluate(node, operands, steps: &steps)
      } catch {
        throw error.located(graph.place(of: id))
      }
      for (value, tensor) in zip(node.results, results) {
        values[value.index] = tensor
        observe(value, tensor)
      }
      for value in expiring[step] { values[value.index] = nil }
    }
    var outputs: [Tensor] = []
    for value in graph.outputs {
      guard let tensor = values[value.index] ?? graph[value].constant else {
        throw ModelError(.missingValue, "the output was not computed", at: graph.place(of: value))
      }
      outputs.append(tensor)
    }
    return outputs
  }

  private func bind(_ inputs: [Tensor?], _ captures: [Tensor?], to values: inout [Tensor?]) throws(ModelError) {
    guard inputs.count <= graph.inputs.count else {
      throw ModelError(.missingValue, "\(inputs.count) inputs are given, the graph has \(graph.inputs.count)")
    }
    for (index, value) in graph.inputs.enumerated() {
      let given = index < inputs.count ? inputs[index] : nil
      guard let tensor = given ?? graph.defaults[value] else {
        throw ModelError(.missingValue, "no input is given", at: graph.place(of: value))
      }
      if case .tensor(let type)? = graph[value].type {
        try check(tensor, against: type, at: graph.place(of: value))
      }
      values[value.index] = tensor
    }
    for (value, tensor) in zip(graph.captures, captures) { values[value.index] = tensor }
  }

  private func check(_ tensor: Tensor, against type: TensorType, at place: Place) throws(ModelError) {
    let fits = type.shape.map { shape in
      shape.count == tensor.rank && zip(shape, tensor.shape).allSatisfy { $0.number == nil || $0.number == $1 }
    }
    guard tensor.element == type.element, fits ?? true else {
      throw ModelError(.typeMismatch, "\(tensor.element.rawValue)\(tensor.shape) is given, \(type) is expected", at: place)
    }
  }

  private func evaluate(_ node: Node, _ operands: [Tensor?], steps: inout Int) throws(ModelError) -> [Tensor] {
    if !node.op.graphs.isEmpty {
      let own = Array(operands.dropLast(node.captureCount))
      return try runGraphs(of: node, own, captures: Array(operands.suffix(node.captureCount)), steps: &steps)
    }
    guard let op = node.op as? any Evaluable else { throw ModelError(.unsupported, "the operator cannot be run") }
    return try op.evaluateTensors(operands, resultCount: node.results.count)
  }
}
