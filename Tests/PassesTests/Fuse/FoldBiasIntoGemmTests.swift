import FerryTestSupport
import Passes
import Testing

@Suite struct FoldBiasIntoGemmTests {
  @Test func addsToABias() throws {
    try expectRewrite(
      FoldBiasIntoGemm(),
      """
        graph main(%x: f32[N,4]) -> (%y) {
          %w = const f32[4,6] random(1)
          %b = const f32[6] random(2)
          %k = const f32[1,6] random(3)
          %g = Gemm(%x, %w, %b) {beta: 0.5}
          %y = Sub(%g, %k)
        }
        """,
      becomes: """
        graph main(%x: f32[N,4]) -> (%y) {
          %w = const f32[4,6] random(1)
          %b = const f32[6] splat(nan)
          %y = Gemm(%x, %w, %b)
        }
        """)
  }

  @Test func becomesTheBias() throws {
    try expectRewrite(
      FoldBiasIntoGemm(),
      """
        graph main(%x: f32[N,4], %w: f32[4,6]) -> (%y) {
          %k = const f32[6] random(3)
          %g = Gemm(%x, %w)
          %y = Add(%k, %g)
        }
        """,
      becomes: """
        graph main(%x: f32[N,4], %w: f32[4,6]) -> (%y) {
          %b = const f32[6] splat(nan)
          %y = Gemm(%x, %w, %b)
        }
        """)
  }

  @Test func leavesAMinuend() throws {
    try expectUnchanged(
      FoldBiasIntoGemm(),
      """
        graph main(%x: f32[N,4], %w: f32[4,6]) -> (%y) {
          %k = const f32[6] random(3)
          %g = Gemm(%x, %w)
          %y = Sub(%k, %g)
        }
        """,
      because: "the constant is the minuend")
  }

  @Test func leavesAConstantPerRow() throws {
    try expectUnchanged(
      FoldBiasIntoGemm(),
      """
        graph main(%x: f32[5,4], %w: f32[4,6]) -> (%y) {
          %k = const f32[5,1] random(3)
          %g = Gemm(%x, %w)
          %y = Add(%g, %k)
        }
        """,
      because: "a constant varies by row")
  }

  @Test func leavesABiasThatIsAnInput() throws {
    try expectUnchanged(
      FoldBiasIntoGemm(),
      """
        graph main(%x: f32[N,4], %w: f32[4,6], %b: f32[6]) -> (%y) {
          %k = const f32[6] random(3)
          %g = Gemm(%x, %w, %b)
          %y = Add(%g, %k)
        }
        """,
      because: "not a constant")
  }

  @Test func leavesAConstantThatAddsAnAxis() throws {
    try expectUnchanged(
      FoldBiasIntoGemm(),
      """
        graph main(%x: f32[5,4], %w: f32[4,6]) -> (%y) {
          %k = const f32[1,1,6] random(3)
          %g = Gemm(%x, %w)
          %y = Add(%g, %k)
        }
        """,
      because: "the shape changes")
  }

  @Test func leavesAProductThatIsUsedElsewhere() throws {
    try expectUnchanged(
      FoldBiasIntoGemm(),
      """
        graph main(%x: f32[N,4], %w: f32[4,6]) -> (%y, %g) {
          %k = const f32[6] random(3)
          %g = Gemm(%x, %w)
          %y = Add(%g, %k)
        }
        """,
      because: "the value has other uses")
  }
}
