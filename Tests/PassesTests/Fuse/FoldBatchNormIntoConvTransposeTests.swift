import FerryTestSupport
import Passes
import Testing

@Suite struct FoldBatchNormIntoConvTransposeTests {
  @Test func foldsGroups() throws {
    try expectRewrite(
      FoldBatchNormIntoConvTranspose(),
      """
        graph main(%x: f32[N,4,5,5]) -> (%y) {
          %g = const f32[6] random(11)
          %b = const f32[6] random(12)
          %m = const f32[6] random(13)
          %v = const f32[6] [0.5, 1.5, 2.0, 0.25, 1.0, 3.0]
          %w = const f32[4,3,2,2] random(1)
          %q = const f32[6] random(2)
          %c = ConvTranspose(%x, %w, %q) {group: 2, strides: [2, 2]}
          %y = BatchNormalization(%c, %g, %b, %m, %v)
        }
        """,
      becomes: """
        graph main(%x: f32[N,4,5,5]) -> (%y) {
          %w = const f32[4,3,2,2] splat(nan)
          %k = const f32[6] splat(nan)
          %y = ConvTranspose(%x, %w, %k) {group: 2, strides: [2, 2]}
        }
        """)
  }

  @Test func foldsOneGroup() throws {
    try expectRewrite(
      FoldBatchNormIntoConvTranspose(),
      """
        graph main(%x: f32[N,4,5,5]) -> (%y) {
          %g = const f32[6] random(11)
          %b = const f32[6] random(12)
          %m = const f32[6] random(13)
          %v = const f32[6] [0.5, 1.5, 2.0, 0.25, 1.0, 3.0]
          %w = const f32[4,6,2,2] random(1)
          %c = ConvTranspose(%x, %w)
          %y = BatchNormalization(%c, %g, %b, %m, %v)
        }
        """,
      becomes: """
        graph main(%x: f32[N,4,5,5]) -> (%y) {
          %w = const f32[4,6,2,2] splat(nan)
          %k = const f32[6] splat(nan)
          %y = ConvTranspose(%x, %w, %k)
        }
        """)
  }

  @Test func leavesTrainingMode() throws {
    try expectUnchanged(
      FoldBatchNormIntoConvTranspose(),
      """
        graph main(%x: f32[N,4,5,5]) -> (%y) {
          %g = const f32[6] random(11)
          %b = const f32[6] random(12)
          %m = const f32[6] random(13)
          %v = const f32[6] [0.5, 1.5, 2.0, 0.25, 1.0, 3.0]
          %w = const f32[4,6,2,2] random(1)
          %c = ConvTranspose(%x, %w)
          %y = BatchNormalization(%c, %g, %b, %m, %v) {training_mode: 1}
        }
        """,
      because: "BatchNormalization is in training mode")
  }

  @Test func leavesASharedConvolution() throws {
    try expectUnchanged(
      FoldBatchNormIntoConvTranspose(),
      """
        graph main(%x: f32[N,4,5,5]) -> (%y, %c) {
          %g = const f32[6] random(11)
          %b = const f32[6] random(12)
          %m = const f32[6] random(13)
          %v = const f32[6] [0.5, 1.5, 2.0, 0.25, 1.0, 3.0]
          %w = const f32[4,6,2,2] random(1)
          %c = ConvTranspose(%x, %w)
          %y = BatchNormalization(%c, %g, %b, %m, %v)
        }
        """,
      because: "the value has other uses")
  }

  @Test func leavesAWeightThatIsAnInput() throws {
    try expectUnchanged(
      FoldBatchNormIntoConvTranspose(),
      """
        graph main(%x: f32[N,4,5,5], %w: f32[4,6,2,2]) -> (%y) {
          %g = const f32[6] random(11)
          %b = const f32[6] random(12)
          %m = const f32[6] random(13)
          %v = const f32[6] [0.5, 1.5, 2.0, 0.25, 1.0, 3.0]
          %c = ConvTranspose(%x, %w)
          %y = BatchNormalization(%c, %g, %b, %m, %v)
        }
        """,
      because: "not a constant")
  }
}
