import FerryTestSupport
import GraphIR
import GraphText
import Passes
import Rewriting
import Testing

@Suite struct ReorderPortsTests {
  private func reordered(_ text: String, channelsLast: Bool) throws -> Graph {
    var graph = try Graph(parsing: text)
    var inference = TypeInference()
    try inference.run(on: &graph)
    let pipeline = Pipeline([.pass(ReorderPorts(channelsLast: channelsLast))], roundLimit: 1)
    try pipeline.run(on: &graph, opsets: [:], trace: RewriteTrace())
    try graph.verify()
    return graph
  }

  private let text = """
    graph main(%x: f32[n,3,8,6], %k: f32[4]) -> (%y, %z) {
      %w = const f32[4,3,1,1] random(1)
      %s = const i64[1] [-1]
      %y = Conv(%x, %w)
      %z = Reshape(%k, %s)
    }
    """

  @Test func imagesGetTheirChannelsLast() throws {
    let graph = try reordered(text, channelsLast: true)
    #expect(graph.inputs.map { graph[$0].name } == ["x", "k"])
    #expect(graph[graph.inputs[0]].type?.description == "f32[n,8,6,3]")
    #expect(graph[graph.inputs[1]].type?.description == "f32[4]")
    #expect(graph.outputs.map { graph[$0].name } == ["y", "z"])
    #expect(graph[graph.outputs[0]].type?.description == "f32[n,8,6,4]")
  }

  @Test func imagesThatAreInOrderStay() throws {
    let graph = try reordered(text, channelsLast: false)
    #expect(graph[graph.inputs[0]].type?.description == "f32[n,3,8,6]")
    #expect(graph.nodeCount == 2)
  }
}
