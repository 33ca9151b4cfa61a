import FerryTestSupport
import Lowerings
import Testing

@Suite struct DecomposeFusedProductsTests {
  @Test func transposesAndScales() throws {
    try expectRewrite(
      DecomposeFusedProducts(),
      "graph main(%a: f32[N,4,3], %b: f32[N,5,4]) -> (%y) { %y = com.microsoft::FusedMatMul(%a, %b) {alpha: 0.5, transA: 1, transB: 1} }",
      becomes: """
        graph main(%a: f32[N,4,3], %b: f32[N,5,4]) -> (%y) {
          %s = const f32 0.5
          %ta = Transpose(%a) {perm: [0, 2, 1]}
          %tb = Transpose(%b) {perm: [0, 2, 1]}
          %m = MatMul(%ta, %tb)
          %y = Mul(%m, %s)
        }
        """)
  }

  @Test func bringsBatchAxesToTheFront() throws {
    try expectRewrite(
      DecomposeFusedProducts(),
      "graph main(%a: f32[3,2,4], %b: f32[2,4,5]) -> (%y) { %y = com.microsoft::FusedMatMul(%a, %b) {transBatchA: 1} }",
      becomes: """
        graph main(%a: f32[3,2,4], %b: f32[2,4,5]) -> (%y) {
          %ta = Transpose(%a) {perm: [1, 0, 2]}
          %y = MatMul(%ta, %b)
        }
        """)
  }

  @Test func takesTheFunctionOutOfGemm() throws {
    try expectRewrite(
      DecomposeFusedProducts(),
      """
        graph main(%a: f32[N,4], %b: f32[5,4], %c: f32[5]) -> (%y) {
          %y = com.microsoft::FusedGemm(%a, %b, %c) {activation: "LeakyRelu", activation_alpha: 0.25, alpha: 2.0, transB: 1}
        }
        """,
      becomes: """
        graph main(%a: f32[N,4], %b: f32[5,4], %c: f32[5]) -> (%y) {
          %g = Gemm(%a, %b, %c) {alpha: 2.0, transB: 1}
          %y = LeakyRelu(%g) {alpha: 0.25}
        }
        """)
  }

  @Test func leavesAnUnknownFunction() throws {
    try expectUnchanged(
      DecomposeFusedProducts(),
      "graph main(%a: f32[N,4], %b: f32[4,5]) -> (%y) { %y = com.microsoft::FusedGemm(%a, %b) {activation: \"Wink\"} }",
      because: "the function at the end is not known")
  }

  @Test func leavesATransposeOfUnknownRank() throws {
    try expectUnchanged(
      DecomposeFusedProducts(),
      "graph main(%a: f32[...], %b: f32[4,5]) -> (%y) { %y = com.microsoft::FusedMatMul(%a, %b) {transA: 1} }",
      because: "the rank is not known")
  }
}
