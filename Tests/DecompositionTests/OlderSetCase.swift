import Diagnostics
import FerryTestSupport
import GraphIR
import GraphText
import Lowerings
import Operators
import Testing

/// A graph that is lowered to older operator sets, lifted again, and run beside the original, at two sizes where axes are symbolic.
struct OlderSetCase: Sendable, CustomTestStringConvertible {
  let name: String
  let inputs: String
  let body: String
  var outputs = "%y"
  var opsets = [7, 9, 10, 11, 13]
  var testDescription: String { name }
  var text: String { "graph g(\(inputs)) -> (\(outputs)) {\n\(body)\n}" }

  /// Every node is of the older set, and the results are the same.
  func expectTheSame(sourceLocation: SourceLocation = #_sourceLocation) throws {
    let original = try verified(text)
    for opset in opsets {
      var graph = original
      try lower(&graph, opsets: [("", opset)], retargeting: true)
      try graph.verify()
      #expect(graph.nodeIDs.allSatisfy { (graph[$0].op as? ForeignOperator)?.version == opset }, sourceLocation: sourceLocation)
      lift(&graph, opsets: [("", opset)], report: DiagnosticSink())
      var inference = TypeInference()
      try inference.run(on: &graph)
      for (seed, sizes) in [(UInt64(1), [2, 3, 4]), (7, [4, 5, 2])] {
        let inputs = try original.randomInputs(seed: seed, sizes: sizes)
        for (a, b) in zip(try graph.evaluated(inputs), try original.evaluated(inputs)) {
          if let difference = try a.difference(from: b) { Issue.record("opset \(opset): \(difference)", sourceLocation: sourceLocation) }
        }
      }
    }
  }
}
