import FerryTestSupport
import Passes
import Testing

@Suite struct RemoveTransposeBeforeReshapeTests {
  @Test func dropsOneThatMovesOnes() throws {
    try expectRewrite(
      RemoveTransposeBeforeReshape(),
      """
        graph main(%x: f32[N,1,4]) -> (%y) {
          %s = const i64[2] [-1, 2]
          %t = Transpose(%x) {perm: [0, 2, 1]}
          %y = Reshape(%t, %s)
        }
        """,
      becomes: """
        graph main(%x: f32[N,1,4]) -> (%y) {
          %s = const i64[2] [-1, 2]
          %y = Reshape(%x, %s)
        }
        """)
  }

  @Test func leavesOneThatMovesMore() throws {
    try expectUnchanged(
      RemoveTransposeBeforeReshape(),
      """
        graph main(%x: f32[N,3,4]) -> (%y) {
          %s = const i64[2] [-1, 2]
          %t = Transpose(%x) {perm: [0, 2, 1]}
          %y = Reshape(%t, %s)
        }
        """,
      because: "axes of more than one element change places")
  }

  @Test func leavesOneThatIsUsedElsewhere() throws {
    try expectUnchanged(
      RemoveTransposeBeforeReshape(),
      """
        graph main(%x: f32[N,1,4]) -> (%y, %t) {
          %s = const i64[2] [-1, 2]
          %t = Transpose(%x) {perm: [0, 2, 1]}
          %y = Reshape(%t, %s)
        }
        """,
      because: "the value has other uses")
  }
}
