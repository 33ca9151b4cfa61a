import FerryTestSupport
import Passes
import Testing

@Suite struct MergeReshapesAroundFunctionTests {
  @Test func mergesReshapesAroundARectifier() throws {
    try expectRewrite(
      MergeReshapesAroundFunction(),
      """
        graph main(%x: f32[N,4,3]) -> (%y) {
          %s = const i64[2] [0, 12]
          %t = const i64[3] [0, 3, 4]
          %r = Reshape(%x, %s)
          %e = Relu(%r)
          %y = Reshape(%e, %t)
        }
        """,
      becomes: """
        graph main(%x: f32[N,4,3]) -> (%y) {
          %t = const i64[3] [0, 3, 4]
          %e = Relu(%x)
          %y = Reshape(%e, %t)
        }
        """)
  }

  @Test func removesReshapesThatUndoEachOther() throws {
    try expectRewrite(
      MergeReshapesAroundFunction(),
      """
        graph main(%x: f32[N,4]) -> (%z) {
          %a = const i64[1] [1]
          %r = Unsqueeze(%x, %a)
          %e = Exp(%r)
          %y = Squeeze(%e, %a)
          %z = Neg(%y)
        }
        """,
      becomes: """
        graph main(%x: f32[N,4]) -> (%z) {
          %e = Exp(%x)
          %z = Neg(%e)
        }
        """)
  }

  @Test func leavesAFunctionAlongAnAxis() throws {
    try expectUnchanged(
      MergeReshapesAroundFunction(),
      """
        graph main(%x: f32[N,4,3]) -> (%y) {
          %s = const i64[2] [0, 12]
          %t = const i64[3] [0, 3, 4]
          %r = Reshape(%x, %s)
          %e = Softmax(%r)
          %y = Reshape(%e, %t)
        }
        """,
      because: "the operand is not a function of one element")
  }

  @Test func leavesAReshapeWithOtherUses() throws {
    try expectUnchanged(
      MergeReshapesAroundFunction(),
      """
        graph main(%x: f32[N,4,3]) -> (%y, %r) {
          %s = const i64[2] [0, 12]
          %t = const i64[3] [0, 3, 4]
          %r = Reshape(%x, %s)
          %e = Relu(%r)
          %y = Reshape(%e, %t)
        }
        """,
      because: "the value has other uses")
  }

  @Test func leavesAFunctionOfAnotherResult() throws {
    try expectUnchanged(
      MergeReshapesAroundFunction(),
      """
        graph main(%x: f32[N,4,3]) -> (%y) {
          %t = const i64[2] [0, 12]
          %r = Neg(%x)
          %e = Relu(%r)
          %y = Reshape(%e, %t)
        }
        """,
      because: "what it is applied to is not a change of shape")
  }
}
