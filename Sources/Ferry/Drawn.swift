import Evaluation
import GraphIR
import Operators

/// What a graph draws at random.
struct Drawn {
  /// How often each name draws (see `Graph.drawsName`).
  private(set) var names: [String: Int] = [:]
  /// The names of the outputs that depend on it.
  private(set) var outputs: Set<String> = []

  var isEmpty: Bool { names.isEmpty }
  var count: Int { names.values.reduce(0, +) }

  init(_ graph: Graph) {
    names = Self.names(in: graph)
    guard !isEmpty, let order = try? graph.topologicalOrder() else { return }
    var drawn: Set<ValueID> = []
    for id in order {
      let node = graph[id]
      guard graph.drawsAtRandom(id) || node.op.graphs.contains(where: { !Self.names(in: $0).isEmpty })
        || node.operands.contains(where: { $0.map(drawn.contains) ?? false })
      else { continue }
      drawn.formUnion(node.results)
    }
    outputs = Set(graph.outputs.filter(drawn.contains).map { graph[$0].name })
  }

  private static func names(in graph: Graph) -> [String: Int] {
    var names: [String: Int] = [:]
    for id in graph.nodeIDs {
      if graph.drawsAtRandom(id) { names[graph.drawsName(of: id), default: 0] += 1 }
      for inner in graph[id].op.graphs { names.merge(Self.names(in: inner), uniquingKeysWith: +) }
    }
    return names
  }
}

extension Verification {
  /// Says what running both has not shown where numbers are drawn at random.
  ///
  /// Nodes of one name draw the same numbers in source and result, and what follows is compared as ever. Where the result draws under other
  /// names, outputs that depend on it are others though nothing is wrong: these are judged by element type and shape alone, and not
  /// called equal.
  mutating func weigh(_ source: Drawn, _ result: Drawn) {
    guard !source.isEmpty || !result.isEmpty, samples > 0 else { return }
    if source.names == result.names, outcome == .equal {
      let nodes = source.count == 1 ? "1 node draws" : "\(source.count) nodes draw"
      notes.append("\(nodes) at random: both sides were given the same numbers, and what a runtime draws is not judged")
      return
    }
    guard source.names != result.names else { return }
    let open = outputs.filter { !$0.isEqual && source.outputs.contains($0.name) && $0.structural?.hasPrefix("element type") != true }
    guard !open.isEmpty, outputs.allSatisfy({ output in output.isEqual || open.contains { $0.name == output.name } }) else { return }
    outcome = .notRun
    notes.append("drawn at random, by other nodes than in the source, and so not compared: " + open.prefix(8).map(\.name).joined(separator: ", "))
  }
}
