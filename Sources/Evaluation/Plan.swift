import Diagnostics
import GraphIR
import Operators
import Tensors

/// A graph made ready to run: its nodes in an order in which operands come before their users, when each value is last
/// needed, and the plans of the graphs within it.
final class Plan: Sendable {
  struct Step: Sendable {
    let id: NodeID
    /// Values that no later step needs.
    let expiring: [ValueID]
    /// One for each graph that the operator owns.
    let bodies: [Plan]
  }

  let graph: Graph
  let steps: [Step]
  /// Constants that would otherwise be computed whenever they are read.
  private let settled: [ValueID: Tensor]

  /// `settling`: whether deferred constants are computed now, once for all runs. Throws `cycle` and what computing them throws.
  init(_ graph: Graph, settling: Bool = false) throws(ModelError) {
    self.graph = graph
    let order = try graph.topologicalOrder()
    let expiring = Self.expirations(graph, order)
    var steps: [Step] = []
    steps.reserveCapacity(order.count)
    for (index, id) in order.enumerated() {
      var bodies: [Plan] = []
      for inner in graph[id].op.graphs { bodies.append(try Plan(inner, settling: settling)) }
      steps.append(Step(id: id, expiring: expiring[index], bodies: bodies))
    }
    self.steps = steps
    settled = settling ? try Self.computed(graph) : [:]
  }

  private static func computed(_ graph: Graph) throws(ModelError) -> [ValueID: Tensor] {
    var settled: [ValueID: Tensor] = [:]
    for value in graph.valueIDs {
      guard let tensor = graph[value].constant, tensor.isDeferred else { continue }
      settled[value] = try tensor.withUnsafeBytes { (bytes) throws(ModelError) in
        try Tensor(tensor.element, tensor.shape, bytes: OwnedBytes(copying: bytes))
      }
    }
    return settled
  }

  func constant(_ value: ValueID) -> Tensor? { settled[value] ?? graph[value].constant }

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
