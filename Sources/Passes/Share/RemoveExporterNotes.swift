import Diagnostics
import GraphIR
import Rewriting

/// Removes what an exporter noted about its own source code at graphs, nodes and values: stack traces and module paths. Exact.
///
/// They describe nodes that rewriting replaces, and take more room than the nodes. Names and everything else that is attached stay.
package struct RemoveExporterNotes: GraphPass {
  package init() {}

  private static let prefixes = ["pkg.torch.", "pkg.onnxscript."].map { Array($0.utf8) }
  private static let keys: Set<[UInt8]> = [Array("namespace".utf8)]

  package func run(on session: RewriteSession) throws(ModelError) -> Int {
    var count = 0
    if let carried = session.graph.carried, let rest = without(carried) {
      session.graph.carried = rest.isEmpty ? nil : rest
      count += 1
    }
    for id in Array(session.graph.nodeIDs) {
      guard let carried = session.graph[id].carried, let rest = without(carried) else { continue }
      session.graph.updateNode(id) { $0.carried = rest.isEmpty ? nil : rest }
      count += 1
    }
    for id in Array(session.graph.valueIDs) {
      guard let carried = session.graph[id].carried, let rest = without(carried) else { continue }
      session.graph.setCarried(id, to: rest.isEmpty ? nil : rest)
      count += 1
    }
    return count
  }

  /// What remains, when something goes. A name space goes only with what an exporter marked as its own.
  private func without(_ carried: Carried) -> Carried? {
    let isNoted = carried.metadata.contains { entry in Self.prefixes.contains { entry.key.starts(with: $0) } }
    guard isNoted else { return nil }
    let rest = carried.metadata.filter { entry in
      !Self.keys.contains(entry.key) && !Self.prefixes.contains { entry.key.starts(with: $0) }
    }
    return Carried(documentation: carried.documentation, metadata: rest, fields: carried.fields)
  }
}
