import FerryTestSupport
import Passes
import Testing

@Suite struct RemoveOverwrittenScatterTests {
  @Test func takesTheRows() throws {
    try expectRewrite(
      RemoveOverwrittenScatter(),
      """
        graph main(%x: f32[3,4], %u: f32[3,4]) -> (%z) {
          %i = const i64[3,1] [0, 1, 2]
          %y = ScatterND(%x, %i, %u)
          %z = Neg(%y)
        }
        """,
      becomes: """
        graph main(%x: f32[3,4], %u: f32[3,4]) -> (%z) {
          %z = Neg(%u)
        }
        """)
  }

  @Test func takesTheElements() throws {
    try expectRewrite(
      RemoveOverwrittenScatter(),
      """
        graph main(%x: f32[3,2], %u: f32[3,2]) -> (%z) {
          %i = const i64[3,2] [0, 0, 1, 1, 2, 2]
          %y = ScatterElements(%x, %i, %u) {axis: 0}
          %z = Neg(%y)
        }
        """,
      becomes: """
        graph main(%x: f32[3,2], %u: f32[3,2]) -> (%z) {
          %z = Neg(%u)
        }
        """)
  }

  @Test func leavesAnotherOrder() throws {
    try expectUnchanged(
      RemoveOverwrittenScatter(),
      """
        graph main(%x: f32[3,4], %u: f32[3,4]) -> (%z) {
          %i = const i64[3,1] [1, 0, 2]
          %y = ScatterND(%x, %i, %u)
          %z = Neg(%y)
        }
        """,
      because: "not every row is overwritten in order")
  }

  @Test func leavesRepeatedRows() throws {
    try expectUnchanged(
      RemoveOverwrittenScatter(),
      """
        graph main(%x: f32[3,4], %u: f32[3,4]) -> (%z) {
          %i = const i64[3,1] [0, 0, 2]
          %y = ScatterND(%x, %i, %u)
          %z = Neg(%y)
        }
        """,
      because: "not every row is overwritten in order")
  }

  @Test func leavesSums() throws {
    try expectUnchanged(
      RemoveOverwrittenScatter(),
      """
        graph main(%x: f32[3,4], %u: f32[3,4]) -> (%z) {
          %i = const i64[3,1] [0, 1, 2]
          %y = ScatterND(%x, %i, %u) {reduction: "add"}
          %z = Neg(%y)
        }
        """,
      because: "the updates are added up")
  }

  @Test func leavesRowsThatRemain() throws {
    try expectUnchanged(
      RemoveOverwrittenScatter(),
      """
        graph main(%x: f32[3,4], %u: f32[2,4]) -> (%z) {
          %i = const i64[2,1] [0, 1]
          %y = ScatterND(%x, %i, %u)
          %z = Neg(%y)
        }
        """,
      because: "the shape changes")
  }

  @Test func leavesElementsThatChangePlaces() throws {
    try expectUnchanged(
      RemoveOverwrittenScatter(),
      """
        graph main(%x: f32[3,2], %u: f32[3,2]) -> (%z) {
          %i = const i64[3,2] [0, 1, 1, 0, 2, 2]
          %y = ScatterElements(%x, %i, %u) {axis: 0}
          %z = Neg(%y)
        }
        """,
      because: "the elements change places")
  }

  @Test func leavesPositionsAlongAnotherAxis() throws {
    try expectUnchanged(
      RemoveOverwrittenScatter(),
      """
        graph main(%x: f32[3,2], %u: f32[3,2]) -> (%z) {
          %i = const i64[3,2] [0, 0, 1, 1, 0, 1]
          %y = ScatterElements(%x, %i, %u) {axis: 1}
          %z = Neg(%y)
        }
        """,
      because: "the elements change places")
  }
}
