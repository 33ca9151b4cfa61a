import FerryTestSupport
import GraphText
import Lowerings
import Rewriting
import Testing

@Suite struct DecomposeDynamicQuantizeMatMulTests {
  @Test func quantizesAndScales() throws {
    try expectRewrite(
      DecomposeDynamicQuantizeMatMul(),
      """
        graph main(%a: f32[N,4]) -> (%y) {
          %b = const i8[4,3] random(1)
          %s = const f32[3] random(2)
          %z = const i8[3] random(3)
          %k = const f32[3] random(4)
          %y = com.microsoft::DynamicQuantizeMatMul(%a, %b, %s, %z, %k)
        }
        """,
      becomes: """
        graph main(%a: f32[N,4]) -> (%y) {
          %b = const i8[4,3] random(1)
          %s = const f32[3] random(2)
          %z = const i8[3] random(3)
          %k = const f32[3] random(4)
          %q, %t, %o = DynamicQuantizeLinear(%a)
          %m = MatMulInteger(%q, %b, %o, %z)
          %f = Cast(%m) {to: f32}
          %g = Mul(%t, %s)
          %h = Mul(%f, %g)
          %y = Add(%h, %k)
        }
        """)
  }

  /// The rule requires nothing that a node of its operator may lack.
  @Test func leavesWhatIsStandard() throws {
    var graph = try verified("graph main(%a: u8[N,4], %b: i8[4,3]) -> (%y) { %y = MatMulInteger(%a, %b) }")
    let text = graph.text()
    try Pipeline([.rules([Rule(DecomposeDynamicQuantizeMatMul())])]).run(on: &graph, opsets: [:], trace: RewriteTrace())
    #expect(graph.text() == text)
  }
}
