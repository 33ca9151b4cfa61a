import FerryTestSupport
import Passes
import Testing

@Suite struct FoldScaleIntoConvTransposeTests {
  @Test func foldsAFactorPerChannel() throws {
    try expectRewrite(
      FoldScaleIntoConvTranspose(),
      """
        graph main(%x: f32[N,4,5,5]) -> (%y) {
          %w = const f32[4,3,3,3] random(1)
          %q = const f32[3] random(2)
          %k = const f32[1,3,1,1] random(3)
          %c = ConvTranspose(%x, %w, %q)
          %y = Mul(%k, %c)
        }
        """,
      becomes: """
        graph main(%x: f32[N,4,5,5]) -> (%y) {
          %w = const f32[4,3,3,3] splat(nan)
          %q = const f32[3] splat(nan)
          %y = ConvTranspose(%x, %w, %q)
        }
        """)
  }

  @Test func foldsAFactorIntoGroups() throws {
    try expectRewrite(
      FoldScaleIntoConvTranspose(),
      """
        graph main(%x: f32[N,4,5,5]) -> (%y) {
          %w = const f32[4,3,3,3] random(1)
          %k = const f32[6,1,1] random(3)
          %c = ConvTranspose(%x, %w) {group: 2}
          %y = Mul(%c, %k)
        }
        """,
      becomes: """
        graph main(%x: f32[N,4,5,5]) -> (%y) {
          %w = const f32[4,3,3,3] splat(nan)
          %y = ConvTranspose(%x, %w) {group: 2}
        }
        """)
  }

  @Test func foldsANegation() throws {
    try expectRewrite(
      FoldScaleIntoConvTranspose(),
      """
        graph main(%x: f32[N,4,5,5]) -> (%y) {
          %w = const f32[4,3,3,3] random(1)
          %c = ConvTranspose(%x, %w)
          %y = Neg(%c)
        }
        """,
      becomes: """
        graph main(%x: f32[N,4,5,5]) -> (%y) {
          %w = const f32[4,3,3,3] splat(nan)
          %y = ConvTranspose(%x, %w)
        }
        """)
  }

  @Test func leavesAFactorAlongTheLastAxis() throws {
    try expectUnchanged(
      FoldScaleIntoConvTranspose(),
      """
        graph main(%x: f32[N,4,5,5]) -> (%y) {
          %w = const f32[4,3,3,3] random(1)
          %k = const f32[7] random(3)
          %c = ConvTranspose(%x, %w)
          %y = Mul(%c, %k)
        }
        """,
      because: "the constant does not vary by channel alone")
  }

  @Test func leavesADividend() throws {
    try expectUnchanged(
      FoldScaleIntoConvTranspose(),
      """
        graph main(%x: f32[N,4,5,5]) -> (%y) {
          %w = const f32[4,3,3,3] random(1)
          %k = const f32 2.0
          %c = ConvTranspose(%x, %w)
          %y = Div(%k, %c)
        }
        """,
      because: "not the result of a node")
  }
}
