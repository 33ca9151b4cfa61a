import GraphIR

extension ForeignOperator {
  var hasGraphs: Bool {
    namedAttributes.contains {
      switch $0.value {
      case .graph, .graphs: true
      default: false
      }
    }
  }

  /// How many of the node's operands are captures of its graphs.
  var captureCount: Int {
    for attribute in namedAttributes {
      switch attribute.value {
      case .graph(let graph): return graph.captures.count
      case .graphs(let graphs): if let first = graphs.first { return first.captures.count }
      default: continue
      }
    }
    return 0
  }

  /// Mutates each graph without copying it.
  mutating func updateGraphs<E: Error>(_ body: (inout Graph) throws(E) -> Void) throws(E) {
    for index in namedAttributes.indices {
      switch namedAttributes[index].value {
      case .graph(var graph):
        namedAttributes[index].value = .int(0)
        defer { namedAttributes[index].value = .graph(graph) }
        try body(&graph)
      case .graphs(var graphs):
        namedAttributes[index].value = .int(0)
        defer { namedAttributes[index].value = .graphs(graphs) }
        for inner in graphs.indices { try body(&graphs[inner]) }
      default: break
      }
    }
  }
}

extension Graph {
  /// The node's operator, and what the source said about it.
  func source(of node: NodeID) -> (op: any Operator, written: UInt64, former: [NamedAttribute]) {
    (self[node].op, self[node].writtenAttributes, self[node].former)
  }

  /// Notes what the source said about the node's operator.
  mutating func setSource(of node: NodeID, written: UInt64, former: [NamedAttribute]) {
    guard written != 0 || !former.isEmpty else { return }
    updateNode(node) {
      $0.writtenAttributes = written
      $0.former = former
    }
  }

  /// Gives a node other operands, from the first one that differs on; captures follow.
  mutating func setOwnOperands(of node: NodeID, to operands: [ValueID?], captureCount: Int) {
    let old = self[node].operands
    let ownCount = old.count - captureCount
    var same = 0
    while same < ownCount, same < operands.count, old[same] == operands[same] { same += 1 }
    if same == ownCount, same == operands.count { return }
    setOperands(node, from: same, to: Array(operands[same...]) + Array(old.suffix(captureCount)))
  }
}
