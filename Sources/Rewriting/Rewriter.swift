import Diagnostics
import GraphIR

/// Applies rules to a graph until none applies: each node is looked at once, and again when something beside it changed.
struct Rewriter {
  private var table: RuleTable
  private let trace: RewriteTrace
  private var queue: [NodeID] = []
  private var isQueued: [Bool] = []

  init(_ rules: [Rule], trace: RewriteTrace) {
    table = RuleTable(rules.filter { trace.isEnabled($0) })
    self.trace = trace
  }

  /// Returns how many rewrites were applied. Throws `internalInvariant` when rules undo each other for ever.
  mutating func run(on session: RewriteSession) throws(ModelError) -> Int {
    guard session.graph.nodeIDs.contains(where: { hasRules($0, session) }) else { return 0 }
    isQueued = [Bool](repeating: false, count: session.graph.nodeCapacity)
    for id in try session.graph.topologicalOrder() where hasRules(id, session) { enqueue(id) }
    let budget = 1_000 + 64 * session.graph.liveNodeCount
    var applied = 0
    var next = 0
    while next < queue.count, trace.mayContinue {
      let id = queue[next]
      next += 1
      isQueued[id.index] = false
      guard session.graph.contains(id), try rewrite(id, in: session) else { continue }
      applied += 1
      guard applied <= budget else { throw endless(applied, at: id, in: session) }
    }
    return applied
  }

  private mutating func hasRules(_ id: NodeID, _ session: RewriteSession) -> Bool {
    !table.rules(for: session.graph.key(of: id), session.graph[id].op).isEmpty
  }

  private func endless(_ applied: Int, at id: NodeID, in session: RewriteSession) -> ModelError {
    let place = session.graph.contains(id) ? session.graph.place(of: id) : Place(graph: session.graph.name)
    let rules = trace.recent.joined(separator: " and ")
    return ModelError(
      .internalInvariant, "\(applied) rewrites did not come to an end", at: place,
      notes: ["last applied: \(rules)", "this is a defect of Ferry; --disable \(trace.recent.last ?? "") avoids it"])
  }

  /// Tries the rules of a node in order; true when one applied.
  private mutating func rewrite(_ id: NodeID, in session: RewriteSession) throws(ModelError) -> Bool {
    let rules = table.rules(for: session.graph.key(of: id), session.graph[id].op)
    let node = MatchedNode(session: session, id: id)
    var edit = Edit(session)
    for rule in rules {
      if edit.isTouched { edit = Edit(session) }
      do {
        try rule.apply(node, &edit)
      } catch {
        if let fault = edit.fault { throw session.blame(rule.name, id, fault.message, notes: fault.notes) }
        trace.onMiss?(rule.name, node, error)
        continue
      }
      guard !edit.isEmpty else { continue }
      let (nodes, bytes) = (session.nodesSaved, session.bytesSaved)
      let label = trace.onApply == nil ? nil : node.label
      guard let again = try session.apply(edit, of: rule.name, at: id) else {
        trace.onMiss?(rule.name, node, NoMatch("a graph input or another output cannot take the output's name", session.graph[id].results.first))
        continue
      }
      trace.record(rule.name, nodesSaved: session.nodesSaved - nodes, bytesSaved: session.bytesSaved - bytes)
      if let label { trace.onApply?(rule.name, label) }
      for id in again where session.graph.contains(id) { enqueue(id) }
      if session.graph.contains(id) { enqueue(id) }
      return true
    }
    return false
  }

  private mutating func enqueue(_ id: NodeID) {
    while isQueued.count <= id.index { isQueued.append(false) }
    guard !isQueued[id.index] else { return }
    isQueued[id.index] = true
    queue.append(id)
  }
}
