import GraphIR

/// How people find a node: by its name or, without one, by that of its first result.
package struct NodeLabel: Hashable, Sendable {
  package var graph: String
  package var name: String
  package var operatorName: String

  package init(_ id: NodeID, in graph: Graph) {
    let node = graph[id]
    self.graph = graph.name
    name = node.name.isEmpty ? node.results.lazy.map { graph[$0].name }.first { !$0.isEmpty } ?? "" : node.name
    operatorName = node.op.name
  }
}

extension MatchedNode {
  package var label: NodeLabel { NodeLabel(id, in: session.graph) }

  /// The name of a value of the node's graph.
  package func name(of value: ValueID) -> String? { session.graph.value(value)?.name }
}
