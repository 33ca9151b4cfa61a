import Diagnostics
import GraphIR
import Operators
import Rewriting
import Synchronization

/// Brings a model into a form that a target takes, and tells what it cannot take.
package struct Legalization: Sendable {
  private let platform: any TargetPlatform
  /// A reason more to reject a node that the format has a form for: the limits of one kind of hardware.
  private let limits: (@Sendable (SubjectNode) -> Rejection?)?
  /// Rules of no target in particular, tried at rejected nodes before the target prepares the graph.
  private let common: [Rule]

  package init(_ platform: any TargetPlatform, common: [Rule] = [], limits: (@Sendable (SubjectNode) -> Rejection?)? = nil) {
    self.platform = platform
    self.common = common
    self.limits = limits
  }

  private func rejection(of node: SubjectNode) -> Rejection? {
    if node.op.name == "Constant", node.op.heldTensor != nil { return nil }
    return platform.rejection(of: node) ?? limits?(node)
  }

  /// Prepares `model`, whose functions are inlined, and applies the target's rules at rejected nodes. `tidying` runs
  /// afterwards: what it makes is judged again.
  ///
  /// Returns what was replaced and what remains rejected; the model may be emitted when nothing does. Throws what type
  /// inference and rules at fault throw.
  package func run(on model: inout Model, tidying: Pipeline, sink: DiagnosticSink) throws(ModelError) -> Coverage {
    var coverage = Coverage()
    try infer(&model.graph, sink)
    coverage.nodes = model.graph.operatorCount
    let trace = RewriteTrace()
    let log = ReplacementLog()
    if !common.isEmpty { try Pipeline([.rules(atRejected(common, log))]).run(on: &model.graph, opsets: [:], trace: trace, sink: sink) }
    try platform.preparation.run(on: &model.graph, opsets: [:], trace: trace, sink: sink)
    try infer(&model.graph, sink)
    let rules = atRejected(platform.legalizations, log)
    try Pipeline([.rules(rules)]).run(on: &model.graph, opsets: [:], trace: trace, sink: sink)
    try tidying.run(on: &model.graph, opsets: [:], trace: trace, sink: sink)
    try infer(&model.graph, sink)
    coverage.replaced = log.findings
    coverage.unsupported = survey(model.graph)
    return coverage
  }

  /// The rules at rejected nodes alone, and what they replace on record.
  private func atRejected(_ rules: [Rule], _ log: ReplacementLog) -> [Rule] {
    rules.map { rule in
      rule.applied(
        onlyWhere: { [self] graph, id in rejection(of: SubjectNode(id, in: graph)) != nil },
        whenApplied: { [self] graph, id in
          if let rejection = rejection(of: SubjectNode(id, in: graph)) { log.add(graph, id, rejection, rule.name) }
        })
    }
  }

  private func infer(_ graph: inout Graph, _ sink: DiagnosticSink) throws(ModelError) {
    var inference = TypeInference(sink: nil)
    try inference.run(on: &graph)
  }

  /// Everything that is rejected in a graph and the graphs within it.
  package func survey(_ graph: Graph) -> [Coverage.Finding] {
    var tally = CoverageTally()
    for (kind, values) in [("input", graph.inputs), ("output", graph.outputs)] {
      for value in values {
        guard let rejection = platform.rejection(ofPort: graph[value].type) else { continue }
        tally.add(kind, domain: "", rejection, node: graph[value].name)
      }
    }
    collect(graph, &tally)
    return tally.findings
  }

  private func collect(_ graph: Graph, _ tally: inout CoverageTally) {
    for id in graph.listedNodes() {
      let node = SubjectNode(id, in: graph)
      if let rejection = rejection(of: node) {
        tally.add(node.op.name, domain: node.op.domain, rejection, node: graph.label(of: id))
      } else {
        for inner in node.op.graphs { collect(inner, &tally) }
      }
    }
  }
}

/// What rules replaced. Rules are `Sendable`, so what they write to is locked.
private final class ReplacementLog: Sendable {
  private let tally = Mutex(CoverageTally())

  func add(_ graph: Graph, _ id: NodeID, _ rejection: Rejection, _ rule: String) {
    let (op, label) = (graph[id].op, graph.label(of: id))
    tally.withLock { $0.add(op.name, domain: op.domain, rejection, by: rule, node: label) }
  }

  var findings: [Coverage.Finding] { tally.withLock { $0.findings } }
}

extension Graph {
  /// What a person calls the node.
  fileprivate func label(of id: NodeID) -> String {
    let node = self[id]
    if !node.name.isEmpty { return node.name }
    return node.results.lazy.map { self[$0].name }.first { !$0.isEmpty } ?? node.op.name
  }

  /// Nodes that compute something, graphs within included.
  fileprivate var operatorCount: Int {
    nodeIDs.reduce(0) { sum, id in
      sum + (self[id].op.heldTensor == nil ? 1 : 0) + self[id].op.graphs.reduce(0) { $0 + $1.operatorCount }
    }
  }
}
