import FerryTestSupport
import GraphIR
import GraphText
import Passes
import Rewriting
import Testing

@Suite struct TakePossibleBranchTests {
  private func rewritten(_ otherwise: String) throws -> Graph {
    var graph = try Graph(
      parsing: """
        graph main(%x: f32[2], %c: bool) -> (%y) {
          %y = If(%c, %x) {
            then_branch: graph () captures (%a: f32[2]) -> (%t) { %t = Neg(%a) },
            else_branch: graph () captures (%b: f32[2]) -> (%e) { \(otherwise) }
          }
        }
        """)
    var inference = TypeInference()
    try inference.run(on: &graph)
    try Pipelines.branches.run(on: &graph, opsets: ["": 25], trace: RewriteTrace())
    try graph.verify()
    return graph
  }

  @Test func aBranchOfSizesThatContradictIsNeverTaken() throws {
    let graph = try rewritten("%k = const f32[3] [1.0, 2.0, 3.0] %e = Add(%b, %k)")
    #expect(graph.nodeIDs.map { graph[$0].op.name } == ["Neg"])
  }

  @Test func whereBothCanRunTheChoiceStays() throws {
    let graph = try rewritten("%e = Abs(%b)")
    #expect(graph.nodeIDs.map { graph[$0].op.name } == ["If"])
  }
}
