import FerryTestSupport
import Passes
import Testing

@Suite struct FoldBatchNormIntoMatMulTests {
  @Test func foldsAProductOfMatrices() throws {
    try expectRewrite(
      FoldBatchNormIntoMatMul(),
      """
        graph main(%x: f32[N,5]) -> (%y) {
          %g = const f32[6] random(11)
          %b = const f32[6] random(12)
          %m = const f32[6] random(13)
          %v = const f32[6] [0.5, 1.5, 2.0, 0.25, 1.0, 3.0]
          %w = const f32[5,6] random(1)
          %c = MatMul(%x, %w)
          %y = BatchNormalization(%c, %g, %b, %m, %v)
        }
        """,
      becomes: """
        graph main(%x: f32[N,5]) -> (%y) {
          %w = const f32[5,6] splat(nan)
          %k = const f32[6] splat(nan)
          %y = Gemm(%x, %w, %k)
        }
        """)
  }

  @Test func leavesAProductOfHigherRank() throws {
    try expectUnchanged(
      FoldBatchNormIntoMatMul(),
      """
        graph main(%x: f32[N,6,5]) -> (%y) {
          %g = const f32[6] random(11)
          %b = const f32[6] random(12)
          %m = const f32[6] random(13)
          %v = const f32[6] [0.5, 1.5, 2.0, 0.25, 1.0, 3.0]
          %w = const f32[5,7] random(1)
          %c = MatMul(%x, %w)
          %y = BatchNormalization(%c, %g, %b, %m, %v)
        }
        """,
      because: "the operands are not matrices")
  }

  @Test func leavesAWeightOnTheLeft() throws {
    try expectUnchanged(
      FoldBatchNormIntoMatMul(),
      """
        graph main(%x: f32[5,6]) -> (%y) {
          %g = const f32[6] random(11)
          %b = const f32[6] random(12)
          %m = const f32[6] random(13)
          %v = const f32[6] [0.5, 1.5, 2.0, 0.25, 1.0, 3.0]
          %w = const f32[4,5] random(1)
          %c = MatMul(%w, %x)
          %y = BatchNormalization(%c, %g, %b, %m, %v)
        }
        """,
      because: "not a constant")
  }

  @Test func leavesASharedProduct() throws {
    try expectUnchanged(
      FoldBatchNormIntoMatMul(),
      """
        graph main(%x: f32[N,5]) -> (%y, %c) {
          %g = const f32[6] random(11)
          %b = const f32[6] random(12)
          %m = const f32[6] random(13)
          %v = const f32[6] [0.5, 1.5, 2.0, 0.25, 1.0, 3.0]
          %w = const f32[5,6] random(1)
          %c = MatMul(%x, %w)
          %y = BatchNormalization(%c, %g, %b, %m, %v)
        }
        """,
      because: "the value has other uses")
  }

  @Test func leavesLargeWeightsThatAreUsedElsewhere() throws {
    try expectUnchanged(
      FoldBatchNormIntoMatMul(),
      """
        graph main(%x: f32[N,5]) -> (%y, %other) {
          %g = const f32[6] random(11)
          %b = const f32[6] random(12)
          %m = const f32[6] random(13)
          %v = const f32[6] [0.5, 1.5, 2.0, 0.25, 1.0, 3.0]
          %w = const f32[5,6] random(1)
          %c = MatMul(%x, %w)
          %y = BatchNormalization(%c, %g, %b, %m, %v)
          %other = Neg(%w)
        }
        """,
      because: "the constant has other uses, and a changed copy is large")
  }
}
