import FerryTestSupport
import Passes
import Testing

@Suite struct CollapseReshapeTargetTests {
  @Test func writesTheTargetFromItsElements() throws {
    try expectRewrite(
      CollapseReshapeTarget(),
      """
        graph main(%x: f32[N,3,4]) -> (%z) {
          %i = const i64[1] [0]
          %k = const i64[1] [12]
          %s = Shape(%x)
          %n = Gather(%s, %i)
          %t = Concat(%n, %k) {axis: 0}
          %y = Reshape(%x, %t)
          %z = Neg(%y)
        }
        """,
      becomes: """
        graph main(%x: f32[N,3,4]) -> (%z) {
          %t = const i64[2] [0, 12]
          %y = Reshape(%x, %t)
          %z = Neg(%y)
        }
        """)
  }

  @Test func leavesOneSizeOpen() throws {
    try expectRewrite(
      CollapseReshapeTarget(),
      """
        graph main(%x: f32[4,N]) -> (%z) {
          %i = const i64[1] [1]
          %k = const i64[1] [4]
          %s = Shape(%x)
          %n = Gather(%s, %i)
          %t = Concat(%n, %k) {axis: 0}
          %y = Reshape(%x, %t)
          %z = Neg(%y)
        }
        """,
      becomes: """
        graph main(%x: f32[4,N]) -> (%z) {
          %t = const i64[2] [-1, 4]
          %y = Reshape(%x, %t)
          %z = Neg(%y)
        }
        """)
  }

  @Test func keepsASizeThatTheTargetLeavesOpen() throws {
    try expectRewrite(
      CollapseReshapeTarget(),
      """
        graph main(%x: f32[N,3,4]) -> (%z) {
          %i = const i64[1] [0]
          %open = const i64[1] [-1]
          %s = Shape(%x)
          %n = Gather(%s, %i)
          %t = Concat(%n, %open) {axis: 0}
          %y = Reshape(%x, %t)
          %z = Neg(%y)
        }
        """,
      becomes: """
        graph main(%x: f32[N,3,4]) -> (%z) {
          %t = const i64[2] [0, 12]
          %y = Reshape(%x, %t)
          %z = Neg(%y)
        }
        """)
  }

  @Test func resolvesAZeroByTheOperand() throws {
    try expectRewrite(
      CollapseReshapeTarget(),
      """
        graph main(%x: f32[N,M,4]) -> (%z) {
          %i = const i64[1] [1]
          %zero = const i64[1] [0]
          %two = const i64[2] [2, 2]
          %s = Shape(%x)
          %n = Gather(%s, %i)
          %t = Concat(%zero, %n, %two) {axis: 0}
          %y = Reshape(%x, %t)
          %z = Neg(%y)
        }
        """,
      becomes: """
        graph main(%x: f32[N,M,4]) -> (%z) {
          %t = const i64[4] [0, 0, 2, 2]
          %y = Reshape(%x, %t)
          %z = Neg(%y)
        }
        """)
  }

  @Test func staysWhereTwoSizesMove() throws {
    try expectUnchanged(
      CollapseReshapeTarget(),
      """
        graph main(%x: f32[N,M]) -> (%z) {
          %i = const i64[2] [1, 0]
          %s = Shape(%x)
          %t = Gather(%s, %i)
          %y = Reshape(%x, %t)
          %z = Neg(%y)
        }
        """,
      because: "two sizes are not known")
  }

  @Test func staysWhereTheTargetIsAnInput() throws {
    try expectUnchanged(
      CollapseReshapeTarget(),
      """
        graph main(%x: f32[N,3,4], %t: i64[2]) -> (%z) {
          %y = Reshape(%x, %t)
          %z = Neg(%y)
        }
        """,
      because: "the elements are not known")
  }

  @Test func leavesAConstantTarget() throws {
    try expectUnchanged(
      CollapseReshapeTarget(),
      """
        graph main(%x: f32[N,3,4]) -> (%z) {
          %t = const i64[2] [0, 12]
          %y = Reshape(%x, %t)
          %z = Neg(%y)
        }
        """,
      because: "the target is a constant")
  }
}
