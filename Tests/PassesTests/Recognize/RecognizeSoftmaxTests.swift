import FerryTestSupport
import Passes
import Testing

@Suite struct RecognizeSoftmaxTests {
  @Test func recognisesTheDefinition() throws {
    try expectRewrite(
      RecognizeSoftmax(),
      """
        graph main(%x: f32[N,5,8]) -> (%z) {
          %axes = const i64[1] [-1]
          %e = Exp(%x)
          %s = ReduceSum(%e, %axes)
          %y = Div(%e, %s)
          %z = Neg(%y)
        }
        """,
      becomes: """
        graph main(%x: f32[N,5,8]) -> (%z) {
          %y = Softmax(%x) {axis: 2}
          %z = Neg(%y)
        }
        """)
  }

  @Test func dropsTheMaximum() throws {
    try expectRewrite(
      RecognizeSoftmax(),
      """
        graph main(%x: f32[N,5,8]) -> (%z) {
          %axes = const i64[1] [1]
          %m = ReduceMax(%x, %axes)
          %d = Sub(%x, %m)
          %e = Exp(%d)
          %s = ReduceSum(%e, %axes)
          %y = Div(%e, %s)
          %z = Neg(%y)
        }
        """,
      becomes: """
        graph main(%x: f32[N,5,8]) -> (%z) {
          %y = Softmax(%x) {axis: 1}
          %z = Neg(%y)
        }
        """)
  }

  @Test func leavesASumThatDropsTheAxis() throws {
    try expectUnchanged(
      RecognizeSoftmax(),
      """
        graph main(%x: f32[8,8]) -> (%z) {
          %axes = const i64[1] [-1]
          %e = Exp(%x)
          %s = ReduceSum(%e, %axes) {keepdims: 0}
          %y = Div(%e, %s)
          %z = Neg(%y)
        }
        """,
      because: "the reduction drops its axis")
  }

  @Test func leavesTwoAxes() throws {
    try expectUnchanged(
      RecognizeSoftmax(),
      """
        graph main(%x: f32[N,5,8]) -> (%z) {
          %axes = const i64[2] [1, 2]
          %e = Exp(%x)
          %s = ReduceSum(%e, %axes)
          %y = Div(%e, %s)
          %z = Neg(%y)
        }
        """,
      because: "the reduction is along several axes")
  }

  @Test func leavesAnExponentialThatIsUsedElsewhere() throws {
    try expectUnchanged(
      RecognizeSoftmax(),
      """
        graph main(%x: f32[N,8]) -> (%z, %e) {
          %axes = const i64[1] [-1]
          %e = Exp(%x)
          %s = ReduceSum(%e, %axes)
          %z = Div(%e, %s)
        }
        """,
      because: "the exponential has other uses")
  }

  @Test func leavesTheSumOfAnotherValue() throws {
    try expectUnchanged(
      RecognizeSoftmax(),
      """
        graph main(%x: f32[N,8], %w: f32[N,8]) -> (%z, %u) {
          %axes = const i64[1] [-1]
          %e = Exp(%x)
          %s = ReduceSum(%w, %axes)
          %z = Div(%e, %s)
          %u = Neg(%e)
        }
        """,
      because: "the sum is of another value")
  }

  @Test func needsTheOperator() throws {
    try expectUnchanged(
      RecognizeSoftmax(), opset: 12,
      """
        graph main(%x: f32[N,8]) -> (%z) {
          %axes = const i64[1] [-1]
          %e = Exp(%x)
          %s = ReduceSum(%e, %axes)
          %z = Div(%e, %s)
        }
        """,
      because: "the operator set does not have the operator")
  }
}
