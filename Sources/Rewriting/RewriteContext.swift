import Diagnostics
import GraphIR

/// What the sessions of one run share: names, operator set versions, and how much the model may still grow.
package final class RewriteContext {
  let names: FreshNames
  /// Operator set versions of the model, by domain: rules that need an operator of a later version ask here.
  let opsets: [String: Int]
  let sink: DiagnosticSink?
  /// Bytes that folding may still add to the model: a hundredth of what it takes at first, if nothing else is said.
  var growthLeft: Int
  /// Bytes that changed copies of constants which stay in use may still add: a hundredth, whatever folding may.
  var copiesLeft: Int

  package init(_ graph: Graph, opsets: [String: Int], growthLimit: Int? = nil, sink: DiagnosticSink? = nil) {
    names = FreshNames(of: graph)
    self.opsets = opsets
    self.sink = sink
    copiesLeft = graph.storedBytes / 100
    growthLeft = growthLimit ?? copiesLeft
  }
}

extension Graph {
  /// Bytes that a node takes in a file, about: no fewer than its names do.
  package static var bytesPerNode: Int { 64 }

  /// Bytes that the graph takes in a file, about.
  var storedBytes: Int { constantBytes + allNodeCount * Self.bytesPerNode }

  private var allNodeCount: Int { nodeIDs.reduce(0) { $0 + 1 + graphs(of: $1).reduce(0) { $0 + $1.allNodeCount } } }

  /// Bytes of all constants, those of the graphs within included.
  var constantBytes: Int {
    var sum = 0
    for id in valueIDs { sum += self[id].constant?.byteCount ?? 0 }
    for id in nodeIDs { for inner in graphs(of: id) { sum += inner.constantBytes } }
    return sum
  }
}
