import FerryTestSupport
import Passes
import Testing

@Suite struct FoldShiftIntoNextGemmTests {
  @Test func foldsAShiftPerColumn() throws {
    try expectRewrite(
      FoldShiftIntoNextGemm(),
      """
        graph main(%x: f32[N,4]) -> (%y) {
          %k = const f32[4] random(3)
          %w = const f32[6,4] random(1)
          %b = const f32[6] random(2)
          %p = Add(%k, %x)
          %y = Gemm(%p, %w, %b) {transB: 1, alpha: 2.0, beta: 0.5}
        }
        """,
      becomes: """
        graph main(%x: f32[N,4]) -> (%y) {
          %w = const f32[6,4] random(1)
          %b = const f32[6] splat(nan)
          %y = Gemm(%x, %w, %b) {transB: 1, alpha: 2.0}
        }
        """)
  }

  @Test func foldsAScalarThatIsSubtracted() throws {
    try expectRewrite(
      FoldShiftIntoNextGemm(),
      """
        graph main(%x: f32[N,4]) -> (%y) {
          %k = const f32 0.5
          %w = const f32[4,6] random(1)
          %p = Sub(%x, %k)
          %y = Gemm(%p, %w)
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

  @Test func leavesABiasPerRow() throws {
    try expectUnchanged(
      FoldShiftIntoNextGemm(),
      """
        graph main(%x: f32[5,4]) -> (%y) {
          %k = const f32 0.5
          %w = const f32[4,6] random(1)
          %b = const f32[5,1] random(2)
          %p = Add(%x, %k)
          %y = Gemm(%p, %w, %b)
        }
        """,
      because: "the bias varies by row")
  }

  @Test func leavesABiasThatIsAnInput() throws {
    try expectUnchanged(
      FoldShiftIntoNextGemm(),
      """
        graph main(%x: f32[5,4], %b: f32[6]) -> (%y) {
          %k = const f32 0.5
          %w = const f32[4,6] random(1)
          %p = Add(%x, %k)
          %y = Gemm(%p, %w, %b)
        }
        """,
      because: "not a constant")
  }

  @Test func leavesAShiftPerRow() throws {
    try expectUnchanged(
      FoldShiftIntoNextGemm(),
      """
        graph main(%x: f32[4,4]) -> (%y) {
          %k = const f32[4,1] random(2)
          %w = const f32[4,6] random(1)
          %p = Add(%x, %k)
          %y = Gemm(%p, %w)
        }
        """,
      because: "the constant does not vary by column alone")
  }

  @Test func leavesAnotherOperator() throws {
    try expectUnchanged(
      FoldShiftIntoNextGemm(),
      """
        graph main(%x: f32[4,4]) -> (%y) {
          %k = const f32 2.0
          %w = const f32[4,6] random(1)
          %p = Mul(%x, %k)
          %y = Gemm(%p, %w)
        }
        """,
      because: "the operand is the result of another operator")
  }
}
