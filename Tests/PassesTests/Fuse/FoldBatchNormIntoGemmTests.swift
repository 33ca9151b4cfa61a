import FerryTestSupport
import Passes
import Testing

@Suite struct FoldBatchNormIntoGemmTests {
  @Test func foldsAPlainProduct() throws {
    try expectRewrite(
      FoldBatchNormIntoGemm(),
      """
        graph main(%x: f32[N,5]) -> (%y) {
          %g = const f32[6] random(11)
          %b = const f32[6] random(12)
          %m = const f32[6] random(13)
          %v = const f32[6] [0.5, 1.5, 2.0, 0.25, 1.0, 3.0]
          %w = const f32[5,6] random(1)
          %c = Gemm(%x, %w)
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

  @Test func foldsATransposedWeightWithFactors() throws {
    try expectRewrite(
      FoldBatchNormIntoGemm(),
      """
        graph main(%x: f32[N,5]) -> (%y) {
          %g = const f32[6] random(11)
          %b = const f32[6] random(12)
          %m = const f32[6] random(13)
          %v = const f32[6] [0.5, 1.5, 2.0, 0.25, 1.0, 3.0]
          %w = const f32[6,5] random(1)
          %q = const f32[1,6] random(2)
          %c = Gemm(%x, %w, %q) {alpha: 0.5, beta: 2.0, transB: 1}
          %y = BatchNormalization(%c, %g, %b, %m, %v)
        }
        """,
      becomes: """
        graph main(%x: f32[N,5]) -> (%y) {
          %w = const f32[6,5] splat(nan)
          %k = const f32[6] splat(nan)
          %y = Gemm(%x, %w, %k) {alpha: 0.5, transB: 1}
        }
        """)
  }

  @Test func foldsAScalarBias() throws {
    try expectRewrite(
      FoldBatchNormIntoGemm(),
      """
        graph main(%x: f32[N,5]) -> (%y) {
          %g = const f32[6] random(11)
          %b = const f32[6] random(12)
          %m = const f32[6] random(13)
          %v = const f32[6] [0.5, 1.5, 2.0, 0.25, 1.0, 3.0]
          %w = const f32[5,6] random(1)
          %q = const f32 0.5
          %c = Gemm(%x, %w, %q)
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

  @Test func leavesABiasThatVariesByRow() throws {
    try expectUnchanged(
      FoldBatchNormIntoGemm(),
      """
        graph main(%x: f32[6,5]) -> (%y) {
          %g = const f32[6] random(11)
          %b = const f32[6] random(12)
          %m = const f32[6] random(13)
          %v = const f32[6] [0.5, 1.5, 2.0, 0.25, 1.0, 3.0]
          %w = const f32[5,6] random(1)
          %q = const f32[6,1] random(2)
          %c = Gemm(%x, %w, %q)
          %y = BatchNormalization(%c, %g, %b, %m, %v)
        }
        """,
      because: "the bias varies by row")
  }

  @Test func leavesABiasThatIsAnInput() throws {
    try expectUnchanged(
      FoldBatchNormIntoGemm(),
      """
        graph main(%x: f32[N,5], %q: f32[6]) -> (%y) {
          %g = const f32[6] random(11)
          %b = const f32[6] random(12)
          %m = const f32[6] random(13)
          %v = const f32[6] [0.5, 1.5, 2.0, 0.25, 1.0, 3.0]
          %w = const f32[5,6] random(1)
          %c = Gemm(%x, %w, %q)
          %y = BatchNormalization(%c, %g, %b, %m, %v)
        }
        """,
      because: "not a constant")
  }

  @Test func leavesASharedProduct() throws {
    try expectUnchanged(
      FoldBatchNormIntoGemm(),
      """
        graph main(%x: f32[N,5]) -> (%y, %c) {
          %g = const f32[6] random(11)
          %b = const f32[6] random(12)
          %m = const f32[6] random(13)
          %v = const f32[6] [0.5, 1.5, 2.0, 0.25, 1.0, 3.0]
          %w = const f32[5,6] random(1)
          %c = Gemm(%x, %w)
          %y = BatchNormalization(%c, %g, %b, %m, %v)
        }
        """,
      because: "the value has other uses")
  }

  @Test func leavesTrainingMode() throws {
    try expectUnchanged(
      FoldBatchNormIntoGemm(),
      """
        graph main(%x: f32[N,5]) -> (%y) {
          %g = const f32[6] random(11)
          %b = const f32[6] random(12)
          %m = const f32[6] random(13)
          %v = const f32[6] [0.5, 1.5, 2.0, 0.25, 1.0, 3.0]
          %w = const f32[5,6] random(1)
          %c = Gemm(%x, %w)
          %y = BatchNormalization(%c, %g, %b, %m, %v) {training_mode: 1}
        }
        """,
      because: "BatchNormalization is in training mode")
  }

  @Test func leavesLargeWeightsThatAreUsedElsewhere() throws {
    try expectUnchanged(
      FoldBatchNormIntoGemm(),
      """
        graph main(%x: f32[N,5]) -> (%y, %other) {
          %g = const f32[6] random(11)
          %b = const f32[6] random(12)
          %m = const f32[6] random(13)
          %v = const f32[6] [0.5, 1.5, 2.0, 0.25, 1.0, 3.0]
          %w = const f32[5,6] random(1)
          %c = Gemm(%x, %w)
          %y = BatchNormalization(%c, %g, %b, %m, %v)
          %other = Neg(%w)
        }
        """,
      because: "the constant has other uses, and a changed copy is large")
  }
}
