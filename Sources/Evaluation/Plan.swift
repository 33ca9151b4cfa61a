import Diagnostics
import GraphIR
import Operators
import Tensors

/// A graph made ready to run: its nodes in an order in which operands come before their users, when each value is last
/// needed, and the plans of the graphs within it.
final class Plan: Sendable {
  struct Step: Sendable {
    /// One node, or several that are computed at once.
    let nodes: [NodeID]
    /// Values that no later step needs.
    let expiring: [ValueID]
    /// One for each graph that the operator owns.
    let bodies: [Plan]
    /// What oneDNN or a kernel of ours for all nodes does of it, on which operands.
    let fast: (kernel: FastKernel, operands: [ValueID])?
  }

  /// What a plan is made for.
  enum Purpose { case once, manyRuns }

  let graph: Graph
  let steps: [Step]

  /// For many runs, deferred constants are computed now, and nodes are put together for oneDNN and our own kernels.
  /// Throws `cycle` and what computing constants throws.
  init(_ graph: Graph, for purpose: Purpose = .once) throws(ModelError) {
    let graph = purpose == .manyRuns ? try Self.settled(graph) : graph
    self.graph = graph
    let order = try graph.topologicalOrder()
    let groups = purpose == .manyRuns ? FastGroup.groups(in: graph, order: order) : [:]
    let inside = Set(groups.flatMap { $0.value.nodes.dropLast() })
    let heads = order.filter { !inside.contains($0) }
    let expiring = Self.expirations(graph, heads.map { groups[$0]?.nodes ?? [$0] })
    var steps: [Step] = []
    steps.reserveCapacity(heads.count)
    for (index, id) in heads.enumerated() {
      var bodies: [Plan] = []
      for inner in graph[id].op.graphs { bodies.append(try Plan(inner, for: purpose)) }
      let group = groups[id]
      steps.append(
        Step(
          nodes: group?.nodes ?? [id], expiring: expiring[index], bodies: bodies,
          fast: group.map { (FastKernel($0.operation), $0.operands) }))
    }
    self.steps = steps
  }

  /// The graph with constants in memory that would otherwise be computed whenever they are read.
  private static func settled(_ graph: Graph) throws(ModelError) -> Graph {
    var result = graph
    for value in graph.valueIDs {
      guard let tensor = graph[value].constant, tensor.isDeferred else { continue }
      let computed = try tensor.withUnsafeBytes { (bytes) throws(ModelError) in
        try Tensor(tensor.element, tensor.shape, bytes: OwnedBytes(copying: bytes))
      }
      result.makeConstant(value, computed)
    }
    return result
  }

  private static func expirations(_ graph: Graph, _ steps: [[NodeID]]) -> [[ValueID]] {
    var lastStep: [ValueID: Int] = [:]
    for (step, nodes) in steps.enumerated() {
      for id in nodes {
        for case let operand? in graph[id].operands { lastStep[operand] = step }
        for result in graph[id].results where graph[result].uses.isEmpty { lastStep[result] = step }
      }
    }
    var expiring = [[ValueID]](repeating: [], count: steps.count)
    for (value, step) in lastStep where !graph[value].isOutput && graph[value].constant == nil { expiring[step].append(value) }
    return expiring
  }

  /// The nodes that cannot be run, by place; empty when everything can.
  static func unsupported(in graph: Graph) -> [Place] {
    graph.nodeIDs.flatMap { id -> [Place] in
      let op = graph[id].op
      if op.graphs.isEmpty { return isRunnable(op) ? [] : [graph.place(of: id)] }
      return (op is any ControlFlow ? [] : [graph.place(of: id)]) + op.graphs.flatMap(unsupported)
    }
  }

  private static func isRunnable(_ op: any Operator) -> Bool {
    op is any Evaluable || op is any StructuredEvaluable || op is any Randomized
  }
}
