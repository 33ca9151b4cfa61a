import Diagnostics
import GraphIR

/// A rewrite that looks at a whole graph at once.
public protocol GraphPass: Sendable {
  /// Changes the session's graph (not the graphs within it) and returns how many things it changed.
  func run(on session: RewriteSession) throws(ModelError) -> Int
}

extension GraphPass {
  public var name: String { Rule.name(of: Self.self) }
}

/// Rules and passes in the order in which they run.
public struct Pipeline: Sendable {
  public enum Stage: Sendable {
    case rules([Rule])
    case pass(any GraphPass)
    /// The whole pipeline on the graphs that nodes own: where no stage says when, behind all others.
    case graphsWithin
  }

  public let stages: [Stage]
  /// The stages run again until a round changes nothing. That this takes more rounds is an error.
  public let roundLimit: Int
  /// Bytes that folding constants may add to a model; a hundredth of the model's where there is none.
  public var growthLimit: Int?

  public init(_ stages: [Stage], roundLimit: Int = 64) {
    let saysWhen = stages.contains { if case .graphsWithin = $0 { true } else { false } }
    self.stages = saysWhen ? stages : stages + [.graphsWithin]
    self.roundLimit = roundLimit
  }

  /// The names of all rules and passes, by which they are switched off, each once.
  public var names: [String] {
    var seen = Set<String>()
    return stages.flatMap { stage -> [String] in
      switch stage {
      case .rules(let rules): rules.map(\.name)
      case .pass(let pass): [pass.name]
      case .graphsWithin: []
      }
    }.filter { seen.insert($0).inserted }
  }

  /// The names of the rules that change the last digits.
  public var roundingRules: Set<String> {
    Set(stages.flatMap { if case .rules(let rules) = $0 { rules.filter(\.isRounding).map(\.name) } else { [String]() } })
  }

  /// Rewrites a graph and the graphs within it. Types must have been inferred.
  ///
  /// Throws what passes throw, and `internalInvariant` for a rule at fault and for rules that undo each other round after round.
  package func run(
    on graph: inout Graph, opsets: [String: Int], trace: RewriteTrace, sink: DiagnosticSink? = nil,
    progress: (Double) -> Void = { _ in }
  ) throws(ModelError) {
    try run(on: &graph, in: RewriteContext(graph, opsets: opsets, growthLimit: growthLimit, sink: sink), trace: trace, isNested: false, progress: progress)
  }

  private func run(
    on graph: inout Graph, in context: RewriteContext, trace: RewriteTrace, isNested: Bool, progress: (Double) -> Void
  ) throws(ModelError) {
    let session = RewriteSession(graph, in: context, isNested: isNested)
    graph = Graph(name: graph.name)
    defer { graph = session.graph }
    var changes = 0
    // The number of changes after which a stage had nothing left to do; it runs again when there are more.
    var settled = [Int?](repeating: nil, count: stages.count)
    var round = 0
    while trace.mayContinue {
      guard round < roundLimit else { throw endless(graph: session.graph.name, trace) }
      trace.beginRound()
      if round > 0 { changes += try session.inferTypes() }
      for (index, stage) in stages.enumerated() where settled[index] != changes {
        changes += try run(stage, on: session, in: context, trace: trace)
        settled[index] = changes
        progress((Double(round) + Double(index + 1) / Double(stages.count)) / Double(round + 1 + 1))
      }
      if settled.allSatisfy({ $0 == changes }) { break }
      round += 1
    }
  }

  private func endless(graph: String, _ trace: RewriteTrace) -> ModelError {
    let rules = trace.appliedThisRound
    let names = rules.isEmpty ? "none; types change" : rules.joined(separator: " and ")
    return ModelError(
      .internalInvariant, "\(roundLimit) rounds of rewriting did not come to an end", at: Place(graph: graph),
      notes: ["applied in the last round: \(names)", "this is a defect of Ferry; --disable \(rules.last ?? "") avoids it"])
  }

  /// Rewrites the graphs that nodes own. What turns out not to run, as sizes become known in it, is left for a rule to see where another
  /// graph can be chosen.
  private func runInside(_ session: RewriteSession, in context: RewriteContext, trace: RewriteTrace) throws(ModelError) -> Int {
    let before = trace.applicationCount
    for id in session.graph.nodeIDs.filter({ session.graph.ownsGraphs($0) }) {
      let isChoice = (session.graph[id].op as? any ControlFlow)?.choosesOneGraph ?? false
      try session.graph.updateGraphs(of: id) { (graphs) throws(ModelError) in
        for index in graphs.indices {
          do throws(ModelError) {
            try run(on: &graphs[index], in: context, trace: trace, isNested: true) { _ in }
          } catch {
            guard isChoice, error.code == .typeMismatch else { throw error }
          }
        }
      }
      session.graph.dropUnusedCaptures(of: id)
    }
    return trace.applicationCount - before
  }

  private func run(_ stage: Stage, on session: RewriteSession, in context: RewriteContext, trace: RewriteTrace) throws(ModelError) -> Int {
    switch stage {
    case .graphsWithin: return try runInside(session, in: context, trace: trace)
    case .rules(let rules):
      var rewriter = Rewriter(rules, trace: trace)
      return try rewriter.run(on: session)
    case .pass(let pass):
      guard trace.isEnabled(pass.name), trace.mayContinue else { return 0 }
      let (nodes, bytes) = (session.weight, session.constantBytes(after: trace.applicationCount))
      let changes = try pass.run(on: session)
      guard changes > 0 else { return 0 }
      session.markAllStale()
      trace.record(
        pass.name, nodesSaved: nodes - session.weight, bytesSaved: bytes - session.graph.constantBytes, times: changes)
      return changes
    }
  }
}
