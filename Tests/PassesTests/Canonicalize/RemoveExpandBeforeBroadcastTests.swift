import FerryTestSupport
import Passes
import Testing

@Suite struct RemoveExpandBeforeBroadcastTests {
  @Test func dropsAnExpansion() throws {
    try expectRewrite(
      RemoveExpandBeforeBroadcast(),
      """
        graph main(%x: f32[N,1], %z: f32[N,4]) -> (%y) {
          %s = Shape(%z)
          %e = Expand(%x, %s)
          %y = Sub(%e, %z)
        }
        """,
      becomes: """
        graph main(%x: f32[N,1], %z: f32[N,4]) -> (%y) {
          %y = Sub(%x, %z)
        }
        """)
  }

  @Test func dropsAnExpansionOfLowerRank() throws {
    try expectRewrite(
      RemoveExpandBeforeBroadcast(),
      """
        graph main(%x: f32[4], %z: f32[N,3,4]) -> (%y) {
          %s = const i64[2] [3, 4]
          %e = Expand(%x, %s)
          %y = Mul(%z, %e)
        }
        """,
      becomes: """
        graph main(%x: f32[4], %z: f32[N,3,4]) -> (%y) {
          %y = Mul(%z, %x)
        }
        """)
  }

  @Test func keepsWhatMakesTheResultLarger() throws {
    try expectUnchanged(
      RemoveExpandBeforeBroadcast(),
      """
        graph main(%x: f32[N,1], %z: f32[N,1]) -> (%y) {
          %s = const i64[2] [1, 4]
          %e = Expand(%x, %s)
          %y = Add(%e, %z)
        }
        """,
      because: "the other operand is not as large")
  }

  @Test func keepsAnOpenSize() throws {
    try expectUnchanged(
      RemoveExpandBeforeBroadcast(),
      """
        graph main(%x: f32[1,4], %z: f32[N,4], %s: i64[2]) -> (%y) {
          %e = Expand(%x, %s)
          %y = Add(%e, %z)
        }
        """,
      because: "the other operand is not as large")
  }

  @Test func leavesOtherOperands() throws {
    try expectUnchanged(
      RemoveExpandBeforeBroadcast(),
      """
        graph main(%x: f32[1,4], %z: f32[N,4]) -> (%y) {
          %y = Add(%x, %z)
        }
        """,
      because: "no operand is expanded")
  }

  @Test func keepsAnExpansionThatAddsAnAxis() throws {
    try expectUnchanged(
      RemoveExpandBeforeBroadcast(),
      """
        graph main(%x: f32[4], %z: f32[3,4]) -> (%y) {
          %s = const i64[3] [1, 1, 4]
          %e = Expand(%x, %s)
          %y = Add(%e, %z)
        }
        """,
      because: "the other operand is not as large")
  }
}
