import GraphIR
import GraphText
import Testing

/// Sizes that nobody knows are not equal to each other, whoever left them open.
@Suite struct OpenSizeTests {
  @Test func sizesThatARuleLeftOpenGetNamesOfTheirOwn() throws {
    var graph = try Graph(parsing: "graph main(%x: f32[N], %s: i64[2], %t: i64[2]) -> (%a, %b) { %a = Reshape(%x, %s) %b = Reshape(%x, %t) }")
    for output in graph.outputs { graph.setType(output, to: .tensor(.float32, [.unknown, .unknown])) }
    var inference = TypeInference()
    try inference.run(on: &graph)
    let sizes = graph.outputs.flatMap { graph[$0].type?.tensorType?.shape ?? [] }
    #expect(Set(sizes).count == 4, "\(sizes)")
    let named = graph
    try inference.run(on: &graph)
    #expect(graph.outputs.map { graph[$0].type } == named.outputs.map { named[$0].type }, "what has a name keeps it")
  }
}
