import GraphIR
import GraphText
import Lowerings
import Operators
import Tensors
import Testing

/// What is judged to be rejected goes, in graphs within as well; all else stays.
@Suite struct TakeApartTests {
  private func taken(_ text: String, rejecting: Set<String>, sparing: Set<String> = []) throws -> (names: [String], count: Int, told: Int) {
    var graph = try Graph(parsing: text)
    var inference = TypeInference()
    try inference.run(on: &graph)
    let tally = Tally()
    var takingApart = TakingApart(sparing: sparing) { graph, id in
      rejecting.contains(graph[id].op.name) ? { tally.count += 1 } : nil
    }
    let count = try takingApart.run(on: &graph)
    try graph.verify()
    return (names(graph), count, tally.count)
  }

  private final class Tally { var count = 0 }

  private func names(_ graph: Graph) -> [String] {
    graph.listedNodes().flatMap { id in [graph[id].op.name] + graph[id].op.graphs.flatMap { names($0) } }
  }

  @Test func rejectedNodesAreReplacedByOthers() throws {
    let (names, count, told) = try taken("graph main(%x: f32[N,4]) -> (%y, %z) { %y = Shrink(%x) %z = Relu(%x) }", rejecting: ["Shrink"])
    #expect(!names.contains("Shrink") && names.contains("Relu"))
    #expect(count == 1 && told == 1)
  }

  @Test func whatTheyAreMadeOfIsJudgedInTurn() throws {
    let (names, count, _) = try taken(
      "graph main(%x: u8[1,1,4,4], %w: u8[1,1,2,2], %s: f32, %z: u8) -> (%y) { %y = QLinearConv(%x, %s, %z, %w, %s, %z, %s, %z) }",
      rejecting: ["QLinearConv", "ConvInteger"])
    #expect(names.contains("Conv") && !names.contains("ConvInteger"))
    #expect(count == 2)
  }

  /// 32-bit floats hold no sum of many products exactly, but where it becomes one of them anyway, as it is or with something added, they will do.
  @Test func sumsThatBecomeFloatsAreFloats() throws {
    func conv(_ body: String, _ outputs: String = "%y") throws -> ElementType? {
      var graph = try Graph(parsing: "graph main(%x: u8[1,300,2,2], %w: i8[2,300,1,1], %b: i32[1,2,1,1]) -> (\(outputs)) { %s = ConvInteger(%x, %w) \(body) }")
      var inference = TypeInference()
      try inference.run(on: &graph)
      var takingApart = TakingApart { graph, id in graph[id].op.name == "ConvInteger" ? {} : nil }
      #expect(try takingApart.run(on: &graph) == 1)
      let conv = try #require(graph.listedNodes().first { graph[$0].op is Conv })
      return graph[graph[conv].results[0]].type?.tensorType?.element
    }
    #expect(try conv("%y = Cast(%s) {to: f32}") == .float32)
    #expect(try conv("%t = Add(%s, %b) %y = Cast(%t) {to: f32}") == .float32)
    #expect(try conv("%t = Add(%s, %b) %y = Cast(%t) {to: f32}", "%y, %t") == .float64)
    #expect(try conv("%t = Add(%s, %b) %u = Add(%t, %b) %y = Cast(%u) {to: f32}") == .float64)
    #expect(try conv("%y = Identity(%s)") == .float64)
  }

  /// So are sums of integers that become floats at once.
  @Test func integersThatBecomeFloatsAreAddedAsSuch() throws {
    let text = "graph main(%x: i32[3], %b: i32[3]) -> (%y) { %t = Add(%x, %b) %y = Cast(%t) {to: f32} }"
    #expect(try taken(text, rejecting: ["Add"]).names == ["Cast", "Cast", "Add", "Cast", "Cast"])
    #expect(try taken("graph main(%x: i32[3], %b: i32[3]) -> (%t) { %t = Add(%x, %b) }", rejecting: ["Add"]).count == 0)
  }

  @Test func graphsWithinAreSearched() throws {
    let (names, count, _) = try taken(
      """
      graph main(%x: f32[N,4], %c: bool) -> (%y) {
        %y = If(%c, %x) {
          else_branch: graph e() captures(%a) -> (%p) { %p = Relu(%a) }, then_branch: graph t() captures(%u) -> (%q) { %q = Shrink(%u) }}
      }
      """, rejecting: ["Shrink"])
    #expect(!names.contains("Shrink") && count == 1)
  }

  @Test func whatIsAcceptedSparedOrUnknownStays() throws {
    let text = "graph main(%x: f32[N,4]) -> (%y, %z) { %y = Shrink(%x) %z = Det(%x) }"
    #expect(try taken(text, rejecting: []).count == 0)
    #expect(try taken(text, rejecting: ["Shrink"], sparing: ["Shrink"]).names.contains("Shrink"))
    #expect(try taken("graph main(%x: f32[9,9]) -> (%z) { %z = Det(%x) }", rejecting: ["Det"]) == (["Det"], 0, 0))
  }
}
