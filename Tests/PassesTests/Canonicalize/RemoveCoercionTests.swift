import FerryTestSupport
import Passes
import Testing

@Suite struct RemoveCoercionTests {
  @Test func takesTheLastAxis() throws {
    try expectRewrite(
      RemoveCoercion(),
      """
        graph main(%x: f32[N,8]) -> (%y) {
          %y = Softmax(%x) {axis: 1, coerced: 1}
        }
        """,
      becomes: """
        graph main(%x: f32[N,8]) -> (%y) {
          %y = Softmax(%x)
        }
        """)
  }

  @Test func leavesSeveralAxes() throws {
    try expectUnchanged(
      RemoveCoercion(),
      """
        graph main(%x: f32[N,8,3]) -> (%y) {
          %y = Softmax(%x) {axis: 1, coerced: 1}
        }
        """,
      because: "there are several axes")
  }

  @Test func leavesOneAxis() throws {
    try expectUnchanged(
      RemoveCoercion(),
      """
        graph main(%x: f32[N,8]) -> (%y) {
          %y = Softmax(%x) {axis: 0}
        }
        """,
      because: "it is along one axis")
  }

  @Test func leavesAnUnknownRank() throws {
    try expectUnchanged(
      RemoveCoercion(),
      """
        graph main(%x: f32[...]) -> (%y) {
          %y = Softmax(%x) {axis: 1, coerced: 1}
        }
        """,
      because: "the rank is not known")
  }
}
