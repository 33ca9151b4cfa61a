import Diagnostics
import GraphIR
import GraphText
import Operators
import Tensors
import Testing

@Suite struct PrintingTests {
  private func chain(_ count: Int) -> Graph {
    var graph = Graph(name: "main")
    var value = graph.addInput("x", .tensor(.float32, [.symbol("N"), 3]))
    for index in 0..<count {
      let node = graph.addNode(Relu(), [value], results: [("v\(index)", .tensor(.float32, [.symbol("N"), 3]))], name: "layer/\(index)")
      value = graph[node].results[0]
    }
    graph.setOutputs([value])
    return graph
  }

  @Test func costGrowsWithTheGraph() throws {
    let clock = ContinuousClock()
    let small = chain(1_000)
    let large = chain(10_000)
    let first = clock.measure { _ = small.text() }
    let second = clock.measure { _ = large.text() }
    #expect(second < first * 60)
    let text = large.text()
    #expect(try Graph(parsing: text).difference(to: large) == nil)
  }

  @Test func piecesMakeUpTheText() throws {
    let graph = chain(5_000)
    let pieces = Pieces()
    try graph.write { (piece) throws(ModelError) in pieces.all.append(piece) }
    #expect(pieces.all.count > 2)
    #expect(pieces.all.allSatisfy { $0.count < 70_000 })
    #expect(String(decoding: pieces.all.joined(), as: UTF8.self) == graph.text())
  }

  @Test func sinkThatFailsStopsTheWriting() {
    let error = #expect(throws: ModelError.self) {
      try chain(5_000).write { (_) throws(ModelError) in throw ModelError(.io, "full") }
    }
    #expect(error?.message == "full")
  }

  private final class Pieces { var all: [[UInt8]] = [] }

  @Test func equalityNamesTheFirstDifference() throws {
    let graph = try Graph(parsing: "graph(%x) -> (%y) { %w = const f32[2] [1, 2] %y = Conv(%x, %w) {group: 2} from \"c\" }")
    let others: [(String, String)] = [
      ("graph(%z) -> (%y) { %w = const f32[2] [1, 2] %y = Conv(%z, %w) {group: 2} from \"c\" }", "value \"x\": name: x instead of z"),
      ("graph(%x) -> (%y) { %w = const f32[2] [1, 3] %y = Conv(%x, %w) {group: 2} from \"c\" }", "value \"w\": value: elements differ"),
      ("graph(%x) -> (%y) { %w = const f32[2] [1, 2] %y = Conv(%w, %w) {group: 2} from \"c\" }", "operands: [\"x\", \"w\"] instead of [\"w\", \"w\"]"),
      ("graph(%x) -> (%y) { %w = const f32[2] [1, 2] %y = Conv(%x, %w) {group: 3} from \"c\" }", "attribute group: an integer of another value"),
      ("graph(%x) -> (%x) { %w = const f32[2] [1, 2] %y = Conv(%x, %w) {group: 2} from \"c\" }", "outputs: [\"y\"] instead of [\"x\"]"),
      ("graph(%x) -> (%y) { %w = const f32[2] [1, 2] %y = Relu(%x) from \"c\" }", "operator: Conv instead of Relu"),
      ("graph(%x) -> (%y) { %w = const f32[2] [1, 2] %y = Conv(%x, %w) {group: 2} from \"d\" }", "node name: c instead of d"),
    ]
    #expect(graph.isStructurallyEqual(to: graph))
    for (text, difference) in others {
      let found = try #require(graph.difference(to: try Graph(parsing: text)))
      #expect(found.hasSuffix(difference), "\(found)")
    }
  }
}
