import GraphIR

/// How each value of a graph is spelt, so that every spelling means one value.
struct ValueLabels {
  private var labels: [String]

  init(_ graph: Graph, constants: [ValueID], nodes: [NodeID]) {
    labels = Array(repeating: "", count: graph.valueCapacity)
    var seen: [String: Int] = [:]
    seen.reserveCapacity(graph.valueCapacity)
    for id in graph.inputs { assign(id, graph, &seen) }
    for id in graph.captures { assign(id, graph, &seen) }
    for id in constants { assign(id, graph, &seen) }
    for node in nodes {
      for id in graph[node].results { assign(id, graph, &seen) }
    }
    // Values that nothing defines any more, so that the text shows them.
    for id in graph.valueIDs where labels[id.index].isEmpty { assign(id, graph, &seen) }
  }

  private mutating func assign(_ id: ValueID, _ graph: Graph, _ seen: inout [String: Int]) {
    guard labels[id.index].isEmpty, let value = graph.value(id) else { return }
    if value.name.isEmpty, value.uses.isEmpty, !value.isOutput, case .result = value.origin {
      labels[id.index] = "_"
      return
    }
    let ordinal = seen[value.name, default: 0]
    seen[value.name] = ordinal + 1
    let isPlain = value.name.utf8.allSatisfy(Spelling.continuesWord)
    let spelling = "%" + (isPlain ? value.name : Spelling.quoted(value.name))
    labels[id.index] = ordinal == 0 && !value.name.isEmpty ? spelling : "\(spelling)#\(ordinal)"
  }

  /// The spelling where the value is used.
  subscript(id: ValueID) -> String {
    let label = labels[id.index]
    return label.isEmpty || label == "_" ? "%<removed \(id.index)>" : label
  }

  /// The spelling where a node gives the value.
  subscript(result id: ValueID) -> String { labels[id.index].isEmpty ? "_" : labels[id.index] }
}
