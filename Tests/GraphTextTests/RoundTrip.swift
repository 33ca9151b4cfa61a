import Diagnostics
import GraphIR
import GraphText
import Operators
import Tensors
import Testing

/// Expects that the text form says everything of the graph: it reads back to the same graph, and prints to the same text.
@discardableResult
func expectRoundTrip(_ graph: Graph, sourceLocation: SourceLocation = #_sourceLocation) throws -> String {
  let text = graph.text(.full)
  let back: Graph
  do {
    back = try Graph(parsing: text)
  } catch {
    Issue.record("\(error)\n\(text)", sourceLocation: sourceLocation)
    throw error
  }
  if let difference = graph.difference(to: back) { Issue.record("\(difference)\n\(text)", sourceLocation: sourceLocation) }
  #expect(back.text(.full) == text, sourceLocation: sourceLocation)
  return text
}

/// As `expectRoundTrip`, from a text.
@discardableResult
func expectRoundTrip(_ text: String, sourceLocation: SourceLocation = #_sourceLocation) throws -> Graph {
  let graph = try Graph(parsing: text)
  try expectRoundTrip(graph, sourceLocation: sourceLocation)
  return graph
}

func foreign(_ attributes: [NamedAttribute]) -> ForeignOperator {
  ForeignOperator(domain: "com.example", name: "Foo", version: 1, attributes: attributes)
}
