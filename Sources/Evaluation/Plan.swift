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
    /// Values of which no later step needs a view, nor themselves.
    let expiringRoots: [ValueID]
    /// One for each graph that the operator owns.
    let bodies: [Plan]
    /// What oneDNN or a kernel of ours for all nodes does of it, on which operands.
    let fast: (kernel: FastKernel, operands: [ValueID])?
  }

  /// What a plan is made for.
  enum Purpose { case once, manyRuns }

  let graph: Graph
  let purpose: Purpose
  let steps: [Step]
  /// The values that stand for values around the graph, each with its place among the captures that are given.
  let captures: [(place: Int, value: ValueID)]
  /// Of a value that is another one's bytes under another shape, that other one.
  private let viewed: [ValueID: ValueID]
  /// The outputs, or what they are views of.
  let outputRoots: Set<ValueID>

  /// For many runs, deferred constants are computed now, and nodes are put together for oneDNN and our own kernels. `known` are
  /// the captures that are constants; none are by default. Throws `cycle` and what computing constants throws.
  init(_ graph: Graph, for purpose: Purpose = .once, known: [Tensor?] = []) throws(ModelError) {
    var graph = graph
    captures = graph.captures.enumerated().filter { $0.offset >= known.count || known[$0.offset] == nil }.map { ($0.offset, $0.element) }
    for (value, tensor) in zip(graph.captures, known) { if let tensor { graph.makeConstant(value, tensor) } }
    if purpose == .manyRuns { graph = try Self.settled(graph) }
    self.graph = graph
    self.purpose = purpose
    let order = try graph.topologicalOrder()
    let groups = purpose == .manyRuns ? FastGroup.groups(in: graph, order: order) : [:]
    let inside = Set(groups.flatMap { $0.value.nodes.dropLast() })
    let heads = order.filter { !inside.contains($0) }
    let viewed = Self.views(graph, order)
    self.viewed = viewed
    outputRoots = Set(graph.outputs.map { viewed[$0] ?? $0 })
    let stepNodes = heads.map { groups[$0]?.nodes ?? [$0] }
    let (expiring, expiringRoots) = (Self.expirations(graph, stepNodes), Self.expirations(graph, stepNodes, viewed))
    var steps: [Step] = []
    steps.reserveCapacity(heads.count)
    for (index, id) in heads.enumerated() {
      let bodies = graph.ownsGraphs(id) ? try Self.bodies(of: graph[id], in: graph, purpose) : []
      let group = groups[id]
      steps.append(
        Step(
          nodes: group?.nodes ?? [id], expiring: expiring[index], expiringRoots: expiringRoots[index], bodies: bodies,
          fast: group.map { (FastKernel($0.operation), $0.operands) }))
    }
    self.steps = steps
  }

  /// A body that is repeated has its weights prepared once, those from around it, too.
  private static func bodies(of node: Node, in graph: Graph, _ purpose: Purpose) throws(ModelError) -> [Plan] {
    let isRepeated = node.op is Loop || node.op is Scan || node.op is SequenceMap
    let known = isRepeated || purpose == .manyRuns ? node.operands.suffix(node.captureCount).map { $0.flatMap { graph.constant($0) } } : []
    var plans: [Plan] = []
    for inner in node.op.graphs { plans.append(try Plan(inner, for: isRepeated ? .manyRuns : purpose, known: known)) }
    return plans
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

  /// The value whose bytes `value` is under another shape; the value itself when it has its own.
  func root(of value: ValueID) -> ValueID { viewed[value] ?? value }

  private static func views(_ graph: Graph, _ order: [NodeID]) -> [ValueID: ValueID] {
    var viewed: [ValueID: ValueID] = [:]
    for id in order where graph[id].op is any ViewsOperand || graph[id].op is Dropout && graph[id].operands.count < 3 {
      // A Dropout that cannot be told to train gives its operand.
      guard case let operand?? = graph[id].operands.first, let result = graph[id].results.first else { continue }
      viewed[result] = viewed[operand] ?? operand
    }
    return viewed
  }

  /// For each step the values, or with `viewed` what they are views of, that no later one needs.
  private static func expirations(_ graph: Graph, _ steps: [[NodeID]], _ viewed: [ValueID: ValueID] = [:]) -> [[ValueID]] {
    var lastStep = [Int](repeating: -1, count: graph.valueCapacity)
    for (step, nodes) in steps.enumerated() {
      for id in nodes {
        for case let operand? in graph[id].operands { lastStep[(viewed[operand] ?? operand).index] = step }
        for result in graph[id].results where graph[result].uses.isEmpty { lastStep[(viewed[result] ?? result).index] = step }
      }
    }
    for output in graph.outputs { lastStep[(viewed[output] ?? output).index] = -1 }
    var expiring = [[ValueID]](repeating: [], count: steps.count)
    for value in graph.valueIDs where lastStep[value.index] >= 0 && graph[value].constant == nil { expiring[lastStep[value.index]].append(value) }
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
