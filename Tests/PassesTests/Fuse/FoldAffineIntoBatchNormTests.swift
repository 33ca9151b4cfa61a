import FerryTestSupport
import Passes
import Testing

@Suite struct FoldAffineIntoBatchNormTests {
  @Test func foldsAFactor() throws {
    try expectRewrite(
      FoldAffineIntoBatchNorm(),
      """
        graph main(%x: f32[N,4,5,5]) -> (%y) {
          %g = const f32[4] random(1)
          %b = const f32[4] random(2)
          %m = const f32[4] random(3)
          %v = const f32[4] splat(0.5)
          %k = const f32[4,1,1] random(5)
          %n = BatchNormalization(%x, %g, %b, %m, %v)
          %y = Mul(%n, %k)
        }
        """,
      becomes: """
        graph main(%x: f32[N,4,5,5]) -> (%y) {
          %g = const f32[4] splat(nan)
          %b = const f32[4] splat(nan)
          %m = const f32[4] random(3)
          %v = const f32[4] splat(0.5)
          %y = BatchNormalization(%x, %g, %b, %m, %v)
        }
        """)
  }

  @Test func foldsAShift() throws {
    try expectRewrite(
      FoldAffineIntoBatchNorm(),
      """
        graph main(%x: f32[N,4,5,5]) -> (%y) {
          %g = const f32[4] random(1)
          %b = const f32[4] random(2)
          %m = const f32[4] random(3)
          %v = const f32[4] splat(0.5)
          %k = const f32[4,1,1] random(5)
          %n = BatchNormalization(%x, %g, %b, %m, %v)
          %y = Sub(%n, %k)
        }
        """,
      becomes: """
        graph main(%x: f32[N,4,5,5]) -> (%y) {
          %g = const f32[4] random(1)
          %b = const f32[4] splat(nan)
          %m = const f32[4] random(3)
          %v = const f32[4] splat(0.5)
          %y = BatchNormalization(%x, %g, %b, %m, %v)
        }
        """)
  }

  @Test func leavesAFactorAlongTheLastAxis() throws {
    try expectUnchanged(
      FoldAffineIntoBatchNorm(),
      """
        graph main(%x: f32[N,4,5,5]) -> (%y) {
          %g = const f32[4] random(1)
          %b = const f32[4] random(2)
          %m = const f32[4] random(3)
          %v = const f32[4] splat(0.5)
          %k = const f32[5] random(5)
          %n = BatchNormalization(%x, %g, %b, %m, %v)
          %y = Mul(%n, %k)
        }
        """,
      because: "the constant does not vary by channel alone")
  }

  @Test func leavesANormalizationWithOtherUses() throws {
    try expectUnchanged(
      FoldAffineIntoBatchNorm(),
      """
        graph main(%x: f32[N,4,5,5]) -> (%y, %n) {
          %g = const f32[4] random(1)
          %b = const f32[4] random(2)
          %m = const f32[4] random(3)
          %v = const f32[4] splat(0.5)
          %k = const f32[4,1,1] random(5)
          %n = BatchNormalization(%x, %g, %b, %m, %v)
          %y = Mul(%n, %k)
        }
        """,
      because: "the value has other uses")
  }
}
