import FerryTestSupport
import Passes
import Testing

@Suite struct RecognizeLogSoftmaxTests {
  @Test func takesTheLogarithmAtOnce() throws {
    try expectRewrite(
      RecognizeLogSoftmax(),
      """
        graph main(%x: f32[N,4]) -> (%z) {
          %p = Softmax(%x) {axis: 0}
          %y = Log(%p)
          %z = Neg(%y)
        }
        """,
      becomes: """
        graph main(%x: f32[N,4]) -> (%z) {
          %y = LogSoftmax(%x) {axis: 0}
          %z = Neg(%y)
        }
        """)
  }

  @Test func leavesProbabilitiesWithOtherUses() throws {
    try expectUnchanged(
      RecognizeLogSoftmax(),
      """
        graph main(%x: f32[N,4]) -> (%z, %p) {
          %p = Softmax(%x)
          %y = Log(%p)
          %z = Neg(%y)
        }
        """,
      because: "the value has other uses")
  }

  @Test func leavesAnotherFunction() throws {
    try expectUnchanged(
      RecognizeLogSoftmax(),
      """
        graph main(%x: f32[N,4]) -> (%z) {
          %p = Sigmoid(%x)
          %y = Log(%p)
          %z = Neg(%y)
        }
        """,
      because: "another operator")
  }
}
