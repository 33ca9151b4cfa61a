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
  /// What to do about nodes that remain rejected after all rules.
  private let lastResort: LastResort?

  /// Replaces nodes for which `judge` gives something, and calls that; not those of the operators that are spared.
  /// Returns how many nodes it replaced.
  package typealias LastResort =
    @Sendable (_ graph: inout Graph, _ spared: Set<String>, _ judge: @escaping (Graph, NodeID) -> (() -> Void)?) throws(ModelError) -> Int

  package init(
    _ platform: any TargetPlatform, common: [Rule] = [], limits: (@Sendable (SubjectNode) -> Rejection?)? = nil, lastResort: LastResort? = nil
  ) {
    self.platform = platform
    self.common = common
    self.lastResort = lastResort
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
    for note in try model.graph.recastPorts(for: platform) { sink.warn(note) }
    try infer(&model.graph, sink)
    let trace = RewriteTrace()
    let log = ReplacementLog()
    if !common.isEmpty { try Pipeline([.rules(atRejected(common, log))]).run(on: &model.graph, opsets: [:], trace: trace, sink: sink) }
    try applyRules(to: &model.graph, tidying, log, sink)
    coverage.unsupported = survey(model.graph)
    if !coverage.isComplete, let lastResort, let taken = try takenApart(model.graph, coverage.unsupported, lastResort, tidying, log, sink) {
      model.graph = taken
      coverage.unsupported = survey(taken)
    }
    coverage.replaced = log.findings
    return coverage
  }

  /// Bytes that a target's rules may add, as by writing out loops, however many there are.
  private static let growthLimit = 1 << 24

  /// What the target does to any graph.
  private func applyRules(to graph: inout Graph, _ tidying: Pipeline, _ log: ReplacementLog, _ sink: DiagnosticSink) throws(ModelError) {
    let trace = RewriteTrace()
    // Other formats have no operator sets: rules may make whatever operator there is.
    try platform.preparation.run(on: &graph, opsets: ["": .max], trace: trace, sink: sink)
    try infer(&graph, sink)
    var legalizing = Pipeline([.rules(atRejected(platform.legalizations, log))])
    legalizing.growthLimit = Self.growthLimit
    try legalizing.run(on: &graph, opsets: [:], trace: trace, sink: sink)
    try tidying.run(on: &graph, opsets: [:], trace: trace, sink: sink)
    try infer(&graph, sink)
  }

  /// The graph with rejected nodes taken apart, as far as all their parts are accepted; `nil` where that is nowhere.
  ///
  /// An operator whose parts are rejected somewhere stays whole throughout, and is what the user is told about.
  private func takenApart(
    _ graph: Graph, _ findings: [Coverage.Finding], _ lastResort: LastResort, _ tidying: Pipeline, _ log: ReplacementLog, _ sink: DiagnosticSink
  ) throws(ModelError) -> Graph? {
    var spared = platform.wholeOperators
    let count = findings.reduce(0) { $0 + $1.count }
    while true {
      let trialLog = ReplacementLog()
      var trial = graph
      for _ in 0..<Self.greatestDepth {
        guard try lastResort(&trial, spared, judging(into: trialLog)) > 0 else { break }
        try infer(&trial, sink)
        try applyRules(to: &trial, tidying, trialLog, sink)
      }
      let remaining = survey(trial)
      let guilty = operatorsWithRejectedParts(trial).subtracting(spared)
      guard !guilty.isEmpty else {
        guard remaining.reduce(0, { $0 + $1.count }) < count else { return nil }
        log.add(trialLog)
        return trial
      }
      spared.formUnion(guilty)
    }
  }

  private static let greatestDepth = 8

  private func judging(into log: ReplacementLog) -> (Graph, NodeID) -> (() -> Void)? {
    { [self] graph, id in
      guard let rejection = rejection(of: SubjectNode(id, in: graph)) else { return nil }
      let (op, label) = (graph[id].op, graph.label(of: id))
      return { log.add(op, label, rejection, "Decompose\(op.name)") }
    }
  }

  /// The operators of which a rejected node is a part.
  private func operatorsWithRejectedParts(_ graph: Graph) -> Set<String> {
    var names: Set<String> = []
    for id in graph.listedNodes() {
      if rejection(of: SubjectNode(id, in: graph)) == nil {
        for inner in graph.graphs(of: id) { names.formUnion(operatorsWithRejectedParts(inner)) }
      } else if case .derived(let derivation) = graph[id].origin {
        names.formUnion(derivation.rules.lazy.filter { $0.hasPrefix("Decompose") }.map { String($0.dropFirst("Decompose".count)) })
      }
    }
    return names
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
        var rejection = platform.rejection(ofPort: graph[value].type)
        if rejection == nil, kind == "output" { rejection = graph.constant(value).flatMap(platform.rejection(ofConstantOutput:)) }
        guard let rejection else { continue }
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
    add(graph[id].op, graph.label(of: id), rejection, rule)
  }

  func add(_ op: any Operator, _ label: String, _ rejection: Rejection, _ rule: String) {
    tally.withLock { $0.add(op.name, domain: op.domain, rejection, by: rule, node: label) }
  }

  func add(_ other: ReplacementLog) {
    let theirs = other.tally.withLock { $0 }
    tally.withLock { $0.add(theirs) }
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
      sum + (self[id].op.heldTensor == nil ? 1 : 0) + graphs(of: id).reduce(0) { $0 + $1.operatorCount }
    }
  }
}
