import Diagnostics
import GraphIR
import Operators
import Rewriting

/// Makes one node of those that compute the same from the same operands. Exact.
///
///     %a = Relu(%x)
///     %b = Relu(%x)   →   %a in place of %b
///
/// Operands of commutative operators may be exchanged. Impure operators, dropout and those that own graphs are left alone.
package struct MergeCommonSubexpressions: GraphPass {
  package init() {}

  /// Nodes of the same operator with the same operands. By attributes once there are several, so that many that differ in these alone
  /// cost no more each.
  private struct Candidates {
    let first: NodeID
    let operands: [ValueID?]
    var byAttributes: [Int: [NodeID]] = [:]
  }

  package func run(on session: RewriteSession) throws(ModelError) -> Int {
    // By a hash of what is compared first, being cheap. Others that share one are not merged, which loses nothing but a chance.
    var seen: [Int: Candidates] = [:]
    seen.reserveCapacity(session.graph.nodeCount)
    var merged: [NodeID] = []
    var isCommutative: [ObjectIdentifier: Bool] = [:]
    for id in try session.graph.topologicalOrder() {
      let operation = session.graph.key(of: id)
      guard isCandidate(id, session.graph) else { continue }
      var operands = session.graph[id].operands
      if operands.count == 2, let a = operands[0], let b = operands[1], b < a,
        isCommutative[operation, setting: isCommutativeBinary(session.graph[id].op)]
      {
        operands.swapAt(0, 1)
      }
      let key = hash(operation, operands, session.graph[id].results.count)
      guard let original = match(id, operands, session.graph, &seen[key]) else { continue }
      if merge(id, into: original, session) { merged.append(id) }
    }
    session.graph.remove(nodes: merged)
    return merged.count
  }

  private func isCandidate(_ id: NodeID, _ graph: Graph) -> Bool {
    guard graph.key(of: id) != ObjectIdentifier(Dropout.self), !graph[id].results.isEmpty else { return false }
    return !graph.ownsGraphs(id) && graph[id].op.isPure
  }

  private func hash(_ operation: ObjectIdentifier, _ operands: [ValueID?], _ resultCount: Int) -> Int {
    var hasher = Hasher()
    hasher.combine(operation)
    for operand in operands { hasher.combine(operand?.index ?? -1) }
    hasher.combine(resultCount)
    return hasher.finalize()
  }

  private func isCommutativeBinary(_ op: any Operator) -> Bool {
    guard let binary = op as? any ElementwiseBinary else { return false }
    return type(of: binary).isCommutative
  }

  /// The earlier node that computes the same; otherwise remembers this one.
  private func match(_ id: NodeID, _ operands: [ValueID?], _ graph: Graph, _ candidates: inout Candidates?) -> NodeID? {
    guard var known = candidates else {
      candidates = Candidates(first: id, operands: operands)
      return nil
    }
    guard graph.key(of: known.first) == graph.key(of: id), known.operands == operands,
      graph[known.first].results.count == graph[id].results.count
    else { return nil }
    let op = graph[id].op
    if graph[known.first].op.isEqual(to: op) { return known.first }
    let hash = op.attributesHash
    if let twin = known.byAttributes[hash]?.first(where: { graph[$0].op.isEqual(to: op) }) { return twin }
    candidates = nil
    known.byAttributes[hash, default: []].append(id)
    candidates = known
    return nil
  }

  /// False where both are seen from outside, so that two names are needed.
  private func merge(_ id: NodeID, into original: NodeID, _ session: RewriteSession) -> Bool {
    let pairs = Array(zip(session.graph[id].results, session.graph[original].results))
    guard pairs.allSatisfy({ !session.graph[$0].isOutput || !session.graph[$1].isOutput }) else { return false }
    for (old, new) in pairs { session.substitute(old, with: new) }
    return true
  }
}

extension Dictionary {
  /// What is known of `key`, or what is found out now.
  fileprivate subscript(key: Key, setting value: @autoclosure () -> Value) -> Value {
    mutating get {
      if let known = self[key] { return known }
      let found = value()
      self[key] = found
      return found
    }
  }
}
