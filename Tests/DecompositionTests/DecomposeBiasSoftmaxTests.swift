import FerryTestSupport
import Lowerings
import Testing

@Suite struct DecomposeBiasSoftmaxTests {
  @Test func addsFirst() throws {
    try expectRewrite(
      DecomposeBiasSoftmax(),
      "graph main(%x: f32[N,3,4], %b: f32[N,1,4]) -> (%y) { %y = com.microsoft::BiasSoftmax(%x, %b) {axis: 2, is_inner_broadcast: 1} }",
      becomes: "graph main(%x: f32[N,3,4], %b: f32[N,1,4]) -> (%y) {\n %s = Add(%x, %b)\n %y = Softmax(%s)\n }")
  }

  @Test func flattensSeveralAxes() throws {
    try expectRewrite(
      DecomposeBiasSoftmax(),
      "graph main(%x: f32[N,3,4], %b: f32[N,1,4]) -> (%y) { %y = com.microsoft::BiasSoftmax(%x, %b) {axis: 1, is_inner_broadcast: 1} }",
      becomes: """
        graph main(%x: f32[N,3,4], %b: f32[N,1,4]) -> (%y) {
          %s = Add(%x, %b)
          %f = Flatten(%s)
          %m = Softmax(%f)
          %n = Shape(%x)
          %y = Reshape(%m, %n)
        }
        """)
  }

  @Test func leavesAnUnknownRank() throws {
    try expectUnchanged(
      DecomposeBiasSoftmax(), "graph main(%x: f32[...], %b: f32[4]) -> (%y) { %y = com.microsoft::BiasSoftmax(%x, %b) {axis: 1} }",
      because: "the rank is not known")
  }
}
