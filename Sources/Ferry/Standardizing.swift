import Diagnostics
import GraphIR
import Lowerings
import Rewriting

extension Model {
  /// Says operators of `com.microsoft` in standard ones. What has no standard form stays, and is warned of; a set that nobody uses any
  /// more is no longer asked for. Throws what type inference and rules at fault throw.
  mutating func standardize(trace: RewriteTrace, sink: DiagnosticSink) throws(ModelError) {
    try inlineFunctions()
    var inference = TypeInference(sink: sink)
    try inference.run(on: &graph)
    try Pipeline([.rules(Decompositions.contrib)]).run(on: &graph, opsets: [:], trace: trace, sink: sink)
    var rest: [String: [String: Int]] = [:]
    count(graph, &rest)
    for (domain, operators) in rest.sorted(by: { $0.key < $1.key }) {
      let list = operators.sorted { $0.key < $1.key }.map { "\($0.key) ×\($0.value)" }.joined(separator: ", ")
      sink.warn("operators of \(domain) stay, for which there is no standard form: \(list)")
    }
    opsets.removeAll { !$0.domain.isEmpty && $0.domain != "ai.onnx" && rest[$0.domain] == nil }
    if opset("") == nil, opset("ai.onnx") == nil { opsets.append(("", 21)) }
  }

  private func count(_ graph: Graph, _ operators: inout [String: [String: Int]]) {
    for id in graph.nodeIDs {
      let op = graph[id].op
      if !op.domain.isEmpty, op.domain != "ai.onnx" { operators[op.domain, default: [:]][op.name, default: 0] += 1 }
      for inner in op.graphs { count(inner, &operators) }
    }
  }
}
