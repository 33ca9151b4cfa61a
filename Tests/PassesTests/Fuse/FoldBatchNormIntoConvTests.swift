import FerryTestSupport
import Passes
import Testing

@Suite struct FoldBatchNormIntoConvTests {
  @Test func foldsWithoutABias() throws {
    try expectRewrite(
      FoldBatchNormIntoConv(),
      """
        graph main(%x: f32[N,4,5,5]) -> (%y) {
          %g = const f32[6] random(11)
          %b = const f32[6] random(12)
          %m = const f32[6] random(13)
          %v = const f32[6] [0.5, 1.5, 2.0, 0.25, 1.0, 3.0]
          %w = const f32[6,4,3,3] random(1)
          %c = Conv(%x, %w)
          %y = BatchNormalization(%c, %g, %b, %m, %v)
        }
        """,
      becomes: """
        graph main(%x: f32[N,4,5,5]) -> (%y) {
          %w = const f32[6,4,3,3] splat(nan)
          %k = const f32[6] splat(nan)
          %y = Conv(%x, %w, %k)
        }
        """)
  }

  @Test func foldsWithABiasAndGroups() throws {
    try expectRewrite(
      FoldBatchNormIntoConv(),
      """
        graph main(%x: f32[N,4,5,5]) -> (%y) {
          %g = const f32[6] random(11)
          %b = const f32[6] random(12)
          %m = const f32[6] random(13)
          %v = const f32[6] [0.5, 1.5, 2.0, 0.25, 1.0, 3.0]
          %w = const f32[6,2,3,3] random(1)
          %q = const f32[6] random(2)
          %c = Conv(%x, %w, %q) {group: 2, pads: [1, 1, 1, 1]}
          %y = BatchNormalization(%c, %g, %b, %m, %v)
        }
        """,
      becomes: """
        graph main(%x: f32[N,4,5,5]) -> (%y) {
          %w = const f32[6,2,3,3] splat(nan)
          %k = const f32[6] splat(nan)
          %y = Conv(%x, %w, %k) {group: 2, pads: [1, 1, 1, 1]}
        }
        """)
  }

  @Test func foldsHalfPrecision() throws {
    try expectRewrite(
      FoldBatchNormIntoConv(),
      """
        graph main(%x: f16[N,4,5,5]) -> (%y) {
          %g = const f16[6] random(11)
          %b = const f16[6] random(12)
          %m = const f16[6] random(13)
          %v = const f16[6] [0.5, 1.5, 2.0, 0.25, 1.0, 3.0]
          %w = const f16[6,4,3,3] random(1)
          %c = Conv(%x, %w)
          %y = BatchNormalization(%c, %g, %b, %m, %v)
        }
        """,
      becomes: """
        graph main(%x: f16[N,4,5,5]) -> (%y) {
          %w = const f16[6,4,3,3] splat(nan)
          %k = const f16[6] splat(nan)
          %y = Conv(%x, %w, %k)
        }
        """)
  }

  @Test func foldsWhatIsComputedWhenItIsWritten() throws {
    try expectRewrite(
      FoldBatchNormIntoConv(),
      """
        graph main(%x: f32[N,64,3,3]) -> (%y) {
          %g = const f32[6] random(11)
          %b = const f32[6] random(12)
          %m = const f32[6] random(13)
          %v = const f32[6] [0.5, 1.5, 2.0, 0.25, 1.0, 3.0]
          %w = const f32[6,64,3,3] random(1)
          %c = Conv(%x, %w)
          %y = BatchNormalization(%c, %g, %b, %m, %v)
        }
        """,
      becomes: """
        graph main(%x: f32[N,64,3,3]) -> (%y) {
          %w = const f32[6,64,3,3] splat(nan)
          %k = const f32[6] splat(nan)
          %y = Conv(%x, %w, %k)
        }
        """)
  }

  @Test func foldsWithinABranch() throws {
    try expectRewrite(
      FoldBatchNormIntoConv(),
      """
        graph main(%c: bool, %x: f32[N,4,5,5]) -> (%y) {
          %y = If(%c, %x) {
            then_branch: graph () captures (%a: f32[N,4,5,5]) -> (%t) {
              %g = const f32[6] random(11)
              %v = const f32[6] splat(2.0)
              %w = const f32[6,4,3,3] random(1)
              %k = Conv(%a, %w)
              %t = BatchNormalization(%k, %g, %g, %g, %v)
            },
            else_branch: graph () captures (%b: f32[N,4,5,5]) -> (%e) {
              %q = const f32[6,4,3,3] random(2)
              %e = Conv(%b, %q)
            }
          }
        }
        """,
      becomes: """
        graph main(%c: bool, %x: f32[N,4,5,5]) -> (%y) {
          %y = If(%c, %x) {
            then_branch: graph () captures (%a: f32[N,4,5,5]) -> (%t) {
              %w = const f32[6,4,3,3] splat(nan)
              %g = const f32[6] splat(nan)
              %t = Conv(%a, %w, %g)
            },
            else_branch: graph () captures (%b: f32[N,4,5,5]) -> (%e) {
              %q = const f32[6,4,3,3] random(2)
              %e = Conv(%b, %q)
            }
          }
        }
        """)
  }

  @Test func leavesTrainingMode() throws {
    try expectUnchanged(
      FoldBatchNormIntoConv(),
      """
        graph main(%x: f32[N,4,5,5]) -> (%y) {
          %g = const f32[6] random(11)
          %b = const f32[6] random(12)
          %m = const f32[6] random(13)
          %v = const f32[6] [0.5, 1.5, 2.0, 0.25, 1.0, 3.0]
          %w = const f32[6,4,3,3] random(1)
          %c = Conv(%x, %w)
          %y = BatchNormalization(%c, %g, %b, %m, %v) {training_mode: 1}
        }
        """,
      because: "BatchNormalization is in training mode")
  }

  @Test func leavesASharedConvolution() throws {
    try expectUnchanged(
      FoldBatchNormIntoConv(),
      """
        graph main(%x: f32[N,4,5,5]) -> (%y, %z) {
          %g = const f32[6] random(11)
          %b = const f32[6] random(12)
          %m = const f32[6] random(13)
          %v = const f32[6] [0.5, 1.5, 2.0, 0.25, 1.0, 3.0]
          %w = const f32[6,4,3,3] random(1)
          %c = Conv(%x, %w)
          %y = BatchNormalization(%c, %g, %b, %m, %v)
          %z = Neg(%c)
        }
        """,
      because: "the value has other uses")
  }

  @Test func leavesAConvolutionThatIsAnOutput() throws {
    try expectUnchanged(
      FoldBatchNormIntoConv(),
      """
        graph main(%x: f32[N,4,5,5]) -> (%y, %c) {
          %g = const f32[6] random(11)
          %b = const f32[6] random(12)
          %m = const f32[6] random(13)
          %v = const f32[6] [0.5, 1.5, 2.0, 0.25, 1.0, 3.0]
          %w = const f32[6,4,3,3] random(1)
          %c = Conv(%x, %w)
          %y = BatchNormalization(%c, %g, %b, %m, %v)
        }
        """,
      because: "the value has other uses")
  }

  @Test func leavesAWeightThatIsAnInput() throws {
    try expectUnchanged(
      FoldBatchNormIntoConv(),
      """
        graph main(%x: f32[N,4,5,5], %w: f32[6,4,3,3]) -> (%y) {
          %g = const f32[6] random(11)
          %b = const f32[6] random(12)
          %m = const f32[6] random(13)
          %v = const f32[6] [0.5, 1.5, 2.0, 0.25, 1.0, 3.0]
          %c = Conv(%x, %w)
          %y = BatchNormalization(%c, %g, %b, %m, %v)
        }
        """,
      because: "not a constant")
  }

  @Test func leavesABiasThatIsAnInput() throws {
    try expectUnchanged(
      FoldBatchNormIntoConv(),
      """
        graph main(%x: f32[N,4,5,5], %q: f32[6]) -> (%y) {
          %g = const f32[6] random(11)
          %b = const f32[6] random(12)
          %m = const f32[6] random(13)
          %v = const f32[6] [0.5, 1.5, 2.0, 0.25, 1.0, 3.0]
          %w = const f32[6,4,3,3] random(1)
          %c = Conv(%x, %w, %q)
          %y = BatchNormalization(%c, %g, %b, %m, %v)
        }
        """,
      because: "not a constant")
  }

  @Test func leavesAParameterThatIsAnInput() throws {
    try expectUnchanged(
      FoldBatchNormIntoConv(),
      """
        graph main(%x: f32[N,4,5,5], %o: f32[6]) -> (%y) {
          %g = const f32[6] random(11)
          %b = const f32[6] random(12)
          %m = const f32[6] random(13)
          %v = const f32[6] [0.5, 1.5, 2.0, 0.25, 1.0, 3.0]
          %w = const f32[6,4,3,3] random(1)
          %c = Conv(%x, %w)
          %y = BatchNormalization(%c, %g, %o, %m, %v)
        }
        """,
      because: "not a constant")
  }

  @Test func leavesAnotherOperator() throws {
    try expectUnchanged(
      FoldBatchNormIntoConv(),
      """
        graph main(%x: f32[N,6,5,5]) -> (%y) {
          %g = const f32[6] random(11)
          %b = const f32[6] random(12)
          %m = const f32[6] random(13)
          %v = const f32[6] [0.5, 1.5, 2.0, 0.25, 1.0, 3.0]
          %c = Neg(%x)
          %y = BatchNormalization(%c, %g, %b, %m, %v)
        }
        """,
      because: "another operator")
  }

  @Test func leavesLargeWeightsThatAreUsedElsewhere() throws {
    try expectUnchanged(
      FoldBatchNormIntoConv(),
      """
        graph main(%x: f32[N,4,5,5]) -> (%y, %other) {
          %g = const f32[6] random(11)
          %b = const f32[6] random(12)
          %m = const f32[6] random(13)
          %v = const f32[6] [0.5, 1.5, 2.0, 0.25, 1.0, 3.0]
          %w = const f32[6,4,3,3] random(1)
          %c = Conv(%x, %w)
          %y = BatchNormalization(%c, %g, %b, %m, %v)
          %other = Neg(%w)
        }
        """,
      because: "the constant has other uses, and a changed copy is large")
  }
}
