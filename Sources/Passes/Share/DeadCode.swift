import Diagnostics
import GraphIR
import Rewriting

/// Removes nodes that no output depends on, and constants that nothing uses. Exact.
///
/// Nodes that act on the outside or draw random numbers stay, with what they depend on. Time is linear in the graph.
package struct DeadCode: GraphPass {
  package init() {}

  package func run(on session: RewriteSession) throws(ModelError) -> Int {
    let dead = unreachableNodes(session.graph)
    session.graph.remove(nodes: dead)
    return dead.count + session.graph.removeUnusedConstants()
  }

  private func unreachableNodes(_ graph: Graph) -> [NodeID] {
    var isAlive = [Bool](repeating: false, count: graph.nodeCapacity)
    var pending = graph.outputs.compactMap(graph.producer)
    pending += graph.nodeIDs.filter { !graph[$0].op.isPureThroughout }
    while let id = pending.popLast() {
      guard !isAlive[id.index] else { continue }
      isAlive[id.index] = true
      for case let operand? in graph[id].operands {
        if let producer = graph.producer(of: operand) { pending.append(producer) }
      }
    }
    return graph.nodeIDs.filter { !isAlive[$0.index] }
  }
}
