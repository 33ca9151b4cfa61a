import FerryTestSupport
import GraphText
import Lowerings
import Rewriting
import Testing

@Suite struct DecomposeContribQuantizationTests {
  @Test func keepsTheAxis() throws {
    try expectRewrite(
      DecomposeContribQuantization(),
      """
        graph main(%x: f32[N,3]) -> (%y, %z) {
          %s = const f32[3] [0.5, 0.25, 2]
          %o = const u8[3] [1, 2, 3]
          %y = com.microsoft::QuantizeLinear(%x, %s, %o) {axis: 1}
          %z = com.microsoft::DequantizeLinear(%y, %s, %o) {axis: -1}
        }
        """,
      becomes: """
        graph main(%x: f32[N,3]) -> (%y, %z) {
          %s = const f32[3] [0.5, 0.25, 2]
          %o = const u8[3] [1, 2, 3]
          %y = QuantizeLinear(%x, %s, %o) {axis: 1}
          %z = DequantizeLinear(%y, %s, %o) {axis: -1}
        }
        """)
  }

  /// The rule requires nothing that a node of its operator may lack.
  @Test func leavesWhatIsStandard() throws {
    var graph = try verified("graph main(%x: f32[N,3], %s: f32) -> (%y) { %y = QuantizeLinear(%x, %s) }")
    let text = graph.text()
    try Pipeline([.rules([Rule(DecomposeContribQuantization())])]).run(on: &graph, opsets: [:], trace: RewriteTrace())
    #expect(graph.text() == text)
  }
}
