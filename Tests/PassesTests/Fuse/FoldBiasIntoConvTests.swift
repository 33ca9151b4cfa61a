import FerryTestSupport
import Passes
import Testing

@Suite struct FoldBiasIntoConvTests {
  @Test func addsABias() throws {
    try expectRewrite(
      FoldBiasIntoConv(),
      """
        graph main(%x: f32[N,4,5,5]) -> (%y) {
          %w = const f32[6,4,3,3] random(1)
          %k = const f32[6,1,1] random(3)
          %c = Conv(%x, %w)
          %y = Add(%k, %c)
        }
        """,
      becomes: """
        graph main(%x: f32[N,4,5,5]) -> (%y) {
          %w = const f32[6,4,3,3] random(1)
          %q = const f32[6] random(3)
          %y = Conv(%x, %w, %q)
        }
        """)
  }

  @Test func subtractsFromABias() throws {
    try expectRewrite(
      FoldBiasIntoConv(),
      """
        graph main(%x: f32[N,4,5,5]) -> (%y) {
          %w = const f32[6,4,3,3] random(1)
          %q = const f32[6] random(2)
          %k = const f32 0.5
          %c = Conv(%x, %w, %q)
          %y = Sub(%c, %k)
        }
        """,
      becomes: """
        graph main(%x: f32[N,4,5,5]) -> (%y) {
          %w = const f32[6,4,3,3] random(1)
          %q = const f32[6] splat(nan)
          %y = Conv(%x, %w, %q)
        }
        """)
  }

  @Test func subtractsFromAConstant() throws {
    try expectRewrite(
      FoldBiasIntoConv(),
      """
        graph main(%x: f32[N,4,5,5]) -> (%y) {
          %w = const f32[6,4,3,3] random(1)
          %k = const f32 0.5
          %c = Conv(%x, %w)
          %y = Sub(%k, %c)
        }
        """,
      becomes: """
        graph main(%x: f32[N,4,5,5]) -> (%y) {
          %w = const f32[6,4,3,3] splat(nan)
          %b = const f32[6] splat(0.5)
          %y = Conv(%x, %w, %b)
        }
        """)
  }

  @Test func leavesASumAlongTheLastAxis() throws {
    try expectUnchanged(
      FoldBiasIntoConv(),
      """
        graph main(%x: f32[N,4,5,5]) -> (%y) {
          %w = const f32[6,4,3,3] random(1)
          %k = const f32[3] random(3)
          %c = Conv(%x, %w)
          %y = Add(%c, %k)
        }
        """,
      because: "the constant does not vary by channel alone")
  }

  @Test func leavesTheSumOfTwoConvolutions() throws {
    try expectUnchanged(
      FoldBiasIntoConv(),
      """
        graph main(%x: f32[N,4,5,5]) -> (%y) {
          %w = const f32[6,4,3,3] random(1)
          %c = Conv(%x, %w)
          %d = Conv(%x, %w) {pads: [0, 0, 0, 0]}
          %y = Add(%c, %d)
        }
        """,
      because: "not a constant")
  }

  @Test func leavesASharedConvolution() throws {
    try expectUnchanged(
      FoldBiasIntoConv(),
      """
        graph main(%x: f32[N,4,5,5]) -> (%y, %c) {
          %w = const f32[6,4,3,3] random(1)
          %k = const f32 4.0
          %c = Conv(%x, %w)
          %y = Add(%c, %k)
        }
        """,
      because: "the value has other uses")
  }
}
