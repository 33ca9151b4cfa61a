import FerryTestSupport
import Passes
import Testing

@Suite struct RecognizeShiftedLogSoftmaxTests {
  @Test func recognisesTheDefinition() throws {
    try expectRewrite(
      RecognizeShiftedLogSoftmax(),
      """
        graph main(%x: f32[N,4]) -> (%z) {
          %axes = const i64[1] [-1]
          %m = ReduceMax(%x, %axes)
          %s = Sub(%x, %m)
          %e = Exp(%s)
          %t = ReduceSum(%e, %axes)
          %l = Log(%t)
          %y = Sub(%s, %l)
          %z = Neg(%y)
        }
        """,
      becomes: """
        graph main(%x: f32[N,4]) -> (%z) {
          %y = LogSoftmax(%x) {axis: 1}
          %z = Neg(%y)
        }
        """)
  }

  @Test func leavesAnotherAxis() throws {
    try expectUnchanged(
      RecognizeShiftedLogSoftmax(),
      """
        graph main(%x: f32[N,4]) -> (%z) {
          %other = const i64[1] [0]
          %axes = const i64[1] [-1]
          %m = ReduceMax(%x, %axes)
          %s = Sub(%x, %m)
          %e = Exp(%s)
          %t = ReduceSum(%e, %other)
          %l = Log(%t)
          %y = Sub(%s, %l)
          %z = Neg(%y)
        }
        """,
      because: "the reductions are along different axes")
  }

  @Test func leavesASumOfAnotherValue() throws {
    try expectUnchanged(
      RecognizeShiftedLogSoftmax(),
      """
        graph main(%x: f32[N,4]) -> (%z) {
          %axes = const i64[1] [-1]
          %m = ReduceMax(%x, %axes)
          %s = Sub(%x, %m)
          %e = Exp(%x)
          %t = ReduceSum(%e, %axes)
          %l = Log(%t)
          %y = Sub(%s, %l)
          %z = Neg(%y)
        }
        """,
      because: "the sum is of another value")
  }

  @Test func leavesAShiftedValueWithOtherUses() throws {
    try expectUnchanged(
      RecognizeShiftedLogSoftmax(),
      """
        graph main(%x: f32[N,4]) -> (%z, %s) {
          %axes = const i64[1] [-1]
          %m = ReduceMax(%x, %axes)
          %s = Sub(%x, %m)
          %e = Exp(%s)
          %t = ReduceSum(%e, %axes)
          %l = Log(%t)
          %y = Sub(%s, %l)
          %z = Neg(%y)
        }
        """,
      because: "the shifted value has other uses")
  }

  @Test func leavesOlderSets() throws {
    try expectUnchanged(
      RecognizeShiftedLogSoftmax(), opset: 12,
      """
        graph main(%x: f32[N,4]) -> (%z) {
          %axes = const i64[1] [-1]
          %m = ReduceMax(%x, %axes)
          %s = Sub(%x, %m)
          %e = Exp(%s)
          %t = ReduceSum(%e, %axes)
          %l = Log(%t)
          %y = Sub(%s, %l)
          %z = Neg(%y)
        }
        """,
      because: "the operator set does not have the operator")
  }
}
