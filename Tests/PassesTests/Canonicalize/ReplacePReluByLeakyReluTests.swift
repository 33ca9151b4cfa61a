import FerryTestSupport
import Passes
import Testing

@Suite struct ReplacePReluByLeakyReluTests {
  @Test func takesOneSlope() throws {
    try expectRewrite(
      ReplacePReluByLeakyRelu(),
      """
        graph main(%x: f32[N,3,4,5]) -> (%y) {
          %s = const f32[3,1,1] splat(0.25)
          %y = PRelu(%x, %s)
        }
        """,
      becomes: """
        graph main(%x: f32[N,3,4,5]) -> (%y) {
          %y = LeakyRelu(%x) {alpha: 0.25}
        }
        """)
  }

  @Test func leavesSlopesByChannel() throws {
    try expectUnchanged(
      ReplacePReluByLeakyRelu(),
      """
        graph main(%x: f32[N,3,4,5]) -> (%y) {
          %s = const f32[3,1,1] [0.25, 0.5, 0.25]
          %y = PRelu(%x, %s)
        }
        """,
      because: "not a constant of one number")
  }

  @Test func leavesComputedSlopes() throws {
    try expectUnchanged(
      ReplacePReluByLeakyRelu(),
      """
        graph main(%x: f32[N,3,4,5], %s: f32[1]) -> (%y) {
          %y = PRelu(%x, %s)
        }
        """,
      because: "not a constant of one number")
  }

  @Test func leavesDoubles() throws {
    try expectUnchanged(
      ReplacePReluByLeakyRelu(),
      """
        graph main(%x: f64[N,3]) -> (%y) {
          %s = const f64 0.1
          %y = PRelu(%x, %s)
        }
        """,
      because: "the element type")
  }
}
