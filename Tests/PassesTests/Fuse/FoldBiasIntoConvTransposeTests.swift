import FerryTestSupport
import Passes
import Testing

@Suite struct FoldBiasIntoConvTransposeTests {
  @Test func addsABiasToGroups() throws {
    try expectRewrite(
      FoldBiasIntoConvTranspose(),
      """
        graph main(%x: f32[N,4,5,5]) -> (%y) {
          %w = const f32[4,3,2,2] random(1)
          %k = const f32[6,1,1] random(3)
          %c = ConvTranspose(%x, %w) {group: 2}
          %y = Add(%k, %c)
        }
        """,
      becomes: """
        graph main(%x: f32[N,4,5,5]) -> (%y) {
          %w = const f32[4,3,2,2] random(1)
          %q = const f32[6] random(3)
          %y = ConvTranspose(%x, %w, %q) {group: 2}
        }
        """)
  }

  @Test func subtractsAScalarFromABias() throws {
    try expectRewrite(
      FoldBiasIntoConvTranspose(),
      """
        graph main(%x: f32[N,4,5,5]) -> (%y) {
          %w = const f32[4,6,2,2] random(1)
          %q = const f32[6] random(2)
          %k = const f32 0.5
          %c = ConvTranspose(%x, %w, %q)
          %y = Sub(%c, %k)
        }
        """,
      becomes: """
        graph main(%x: f32[N,4,5,5]) -> (%y) {
          %w = const f32[4,6,2,2] random(1)
          %q = const f32[6] splat(nan)
          %y = ConvTranspose(%x, %w, %q)
        }
        """)
  }

  @Test func subtractsFromAConstant() throws {
    try expectRewrite(
      FoldBiasIntoConvTranspose(),
      """
        graph main(%x: f32[N,4,5,5]) -> (%y) {
          %w = const f32[4,6,2,2] random(1)
          %k = const f32 0.5
          %c = ConvTranspose(%x, %w)
          %y = Sub(%k, %c)
        }
        """,
      becomes: """
        graph main(%x: f32[N,4,5,5]) -> (%y) {
          %w = const f32[4,6,2,2] splat(nan)
          %b = const f32[6] splat(0.5)
          %y = ConvTranspose(%x, %w, %b)
        }
        """)
  }

  @Test func leavesASumAlongTheLastAxis() throws {
    try expectUnchanged(
      FoldBiasIntoConvTranspose(),
      """
        graph main(%x: f32[N,4,5,5]) -> (%y) {
          %w = const f32[4,6,2,2] random(1)
          %k = const f32[6] random(3)
          %c = ConvTranspose(%x, %w)
          %y = Add(%c, %k)
        }
        """,
      because: "the constant does not vary by channel alone")
  }

  @Test func leavesASharedConvolution() throws {
    try expectUnchanged(
      FoldBiasIntoConvTranspose(),
      """
        graph main(%x: f32[N,4,5,5]) -> (%y, %c) {
          %w = const f32[4,6,2,2] random(1)
          %k = const f32 0.5
          %c = ConvTranspose(%x, %w)
          %y = Add(%c, %k)
        }
        """,
      because: "the value has other uses")
  }
}
