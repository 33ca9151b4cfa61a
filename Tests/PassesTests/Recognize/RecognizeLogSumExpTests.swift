import FerryTestSupport
import Passes
import Testing

@Suite struct RecognizeLogSumExpTests {
  @Test func takesTheLogarithmInOneStep() throws {
    try expectRewrite(
      RecognizeLogSumExp(),
      """
        graph main(%x: f32[N,4]) -> (%z) {
          %axes = const i64[1] [1]
          %e = Exp(%x)
          %s = ReduceSum(%e, %axes)
          %y = Log(%s)
          %z = Neg(%y)
        }
        """,
      becomes: """
        graph main(%x: f32[N,4]) -> (%z) {
          %axes = const i64[1] [1]
          %y = ReduceLogSumExp(%x, %axes)
          %z = Neg(%y)
        }
        """)
  }

  @Test func leavesASumOfOthers() throws {
    try expectUnchanged(
      RecognizeLogSumExp(),
      """
        graph main(%x: f32[N,4]) -> (%z) {
          %axes = const i64[1] [1]
          %e = Sigmoid(%x)
          %s = ReduceSum(%e, %axes)
          %y = Log(%s)
          %z = Neg(%y)
        }
        """,
      because: "another operator")
  }

  @Test func leavesASumWithOtherUses() throws {
    try expectUnchanged(
      RecognizeLogSumExp(),
      """
        graph main(%x: f32[N,4]) -> (%z, %s) {
          %axes = const i64[1] [1]
          %e = Exp(%x)
          %s = ReduceSum(%e, %axes)
          %y = Log(%s)
          %z = Neg(%y)
        }
        """,
      because: "the value has other uses")
  }

  @Test func leavesAShiftedValue() throws {
    try expectUnchanged(
      RecognizeLogSumExp(),
      """
        graph main(%x: f32[N,4], %m: f32[N,1]) -> (%z) {
          %axes = const i64[1] [1]
          %d = Sub(%x, %m)
          %e = Exp(%d)
          %s = ReduceSum(%e, %axes)
          %y = Log(%s)
          %z = Neg(%y)
        }
        """,
      because: "a difference is exponentiated, as in a softmax")
  }
}
