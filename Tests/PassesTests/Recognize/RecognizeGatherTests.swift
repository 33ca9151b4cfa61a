import FerryTestSupport
import Passes
import Testing

@Suite struct RecognizeGatherTests {
  @Test func takesOneElement() throws {
    try expectRewrite(
      RecognizeGather(),
      """
        graph main(%x: f32[N,3,4]) -> (%z) {
          %a = const i64[1] [1]
          %b = const i64[1] [2]
          %axis = const i64[1] [-2]
          %s = Slice(%x, %a, %b, %axis)
          %sq = const i64[1] [1]
          %y = Squeeze(%s, %sq)
          %z = Neg(%y)
        }
        """,
      becomes: """
        graph main(%x: f32[N,3,4]) -> (%z) {
          %i = const i64 1
          %y = Gather(%x, %i) {axis: 1}
          %z = Neg(%y)
        }
        """)
  }

  @Test func takesTheLastElement() throws {
    try expectRewrite(
      RecognizeGather(),
      """
        graph main(%x: f32[N,3,4]) -> (%z) {
          %a = const i64[1] [-1]
          %b = const i64[1] [9223372036854775807]
          %axis = const i64[1] [1]
          %s = Slice(%x, %a, %b, %axis)
          %y = Squeeze(%s, %axis)
          %z = Neg(%y)
        }
        """,
      becomes: """
        graph main(%x: f32[N,3,4]) -> (%z) {
          %i = const i64 2
          %y = Gather(%x, %i) {axis: 1}
          %z = Neg(%y)
        }
        """)
  }

  @Test func leavesAnOpenAxis() throws {
    try expectUnchanged(
      RecognizeGather(),
      """
        graph main(%x: f32[N,3,4]) -> (%z) {
          %a = const i64[1] [0]
          %b = const i64[1] [1]
          %axis = const i64[1] [0]
          %s = Slice(%x, %a, %b, %axis)
          %y = Squeeze(%s, %axis)
          %z = Neg(%y)
        }
        """,
      because: "the size of the axis is not known")
  }

  @Test func leavesAnotherAxis() throws {
    try expectUnchanged(
      RecognizeGather(),
      """
        graph main(%x: f32[N,3,1]) -> (%z) {
          %a = const i64[1] [0]
          %b = const i64[1] [1]
          %axis = const i64[1] [1]
          %s = Slice(%x, %a, %b, %axis)
          %sq = const i64[1] [2]
          %y = Squeeze(%s, %sq)
          %z = Neg(%y)
        }
        """,
      because: "another axis is dropped")
  }

  @Test func leavesSeveralAxes() throws {
    try expectUnchanged(
      RecognizeGather(),
      """
        graph main(%x: f32[2,3,1]) -> (%z) {
          %a = const i64[2] [0, 0]
          %b = const i64[2] [1, 1]
          %axis = const i64[2] [0, 1]
          %s = Slice(%x, %a, %b, %axis)
          %sq = const i64[1] [1]
          %y = Squeeze(%s, %sq)
          %z = Neg(%y)
        }
        """,
      because: "the slice is along several axes")
  }

  @Test func leavesAStep() throws {
    try expectUnchanged(
      RecognizeGather(),
      """
        graph main(%x: f32[2,3,1]) -> (%z) {
          %a = const i64[1] [0]
          %b = const i64[1] [2]
          %axis = const i64[1] [1]
          %step = const i64[1] [2]
          %s = Slice(%x, %a, %b, %axis, %step)
          %y = Squeeze(%s, %axis)
          %z = Neg(%y)
        }
        """,
      because: "the step is not 1")
  }

  @Test func leavesASliceThatIsUsedElsewhere() throws {
    try expectUnchanged(
      RecognizeGather(),
      """
        graph main(%x: f32[2,3,1]) -> (%z, %s) {
          %a = const i64[1] [0]
          %b = const i64[1] [1]
          %axis = const i64[1] [1]
          %s = Slice(%x, %a, %b, %axis)
          %z = Squeeze(%s, %axis)
        }
        """,
      because: "the value has other uses")
  }
}
