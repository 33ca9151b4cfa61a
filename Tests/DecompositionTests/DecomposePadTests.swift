import FerryTestSupport
import GraphIR
import GraphText
import Lowerings
import Testing

/// Padding by what lies at the edges, for those who have none.
@Suite struct DecomposePadTests {
  @Test(arguments: ["2, 1, 0, 3", "0, 1, 0, -1", "-1, 2, -1, 0", "0, 0, 0, -2", "-1, -1, 1, 1"])
  func repeatsTheEdges(_ pads: String) throws {
    var source = try Graph(parsing: "graph main(%x: f32[3,n]) -> (%y) { %p = const i64[4] [\(pads)] %y = Pad(%x, %p) {mode: \"edge\"} }")
    var inference = TypeInference()
    try inference.run(on: &source)
    var graph = source
    var takingApart = TakingApart { graph, id in graph[id].op.name == "Pad" ? {} : nil }
    #expect(try takingApart.run(on: &graph) > 0)
    try graph.verify()
    #expect(!graph.listedNodes().contains { graph[$0].op.name == "Pad" })
    let inputs = try source.randomInputs(seed: 5, sizes: [4])
    #expect(try graph.evaluated(inputs)[0].difference(from: source.evaluated(inputs)[0]) == nil)
  }
}
