import FerryTestSupport
import Passes
import Testing

@Suite struct RemoveNoOpExpandTests {
  @Test func removesOneToTheSameShape() throws {
    try expectRewrite(
      RemoveNoOpExpand(),
      """
        graph main(%x: f32[2,8]) -> (%z) {
          %s = const i64[2] [1, 8]
          %y = Expand(%x, %s)
          %z = Neg(%y)
        }
        """,
      becomes: """
        graph main(%x: f32[2,8]) -> (%z) {
          %z = Neg(%x)
        }
        """)
  }

  @Test func removesOneToItsOwnSymbolicShape() throws {
    try expectRewrite(
      RemoveNoOpExpand(),
      """
        graph main(%x: f32[N,8]) -> (%z) {
          %s = Shape(%x)
          %y = Expand(%x, %s)
          %z = Neg(%y)
        }
        """,
      becomes: """
        graph main(%x: f32[N,8]) -> (%z) {
          %z = Neg(%x)
        }
        """)
  }

  @Test func removesATileOfOnes() throws {
    try expectRewrite(
      RemoveNoOpExpand(),
      """
        graph main(%x: f32[N,8]) -> (%z) {
          %s = const i64[2] [1, 1]
          %y = Tile(%x, %s)
          %z = Neg(%y)
        }
        """,
      becomes: """
        graph main(%x: f32[N,8]) -> (%z) {
          %z = Neg(%x)
        }
        """)
  }

  @Test func staysWhereItRepeats() throws {
    try expectUnchanged(
      RemoveNoOpExpand(),
      """
        graph main(%x: f32[1,8]) -> (%z) {
          %s = const i64[2] [2, 8]
          %y = Expand(%x, %s)
          %z = Neg(%y)
        }
        """,
      because: "the shape changes")
  }

  @Test func staysWhereItAddsAnAxis() throws {
    try expectUnchanged(
      RemoveNoOpExpand(),
      """
        graph main(%x: f32[8]) -> (%z) {
          %s = const i64[2] [1, 8]
          %y = Expand(%x, %s)
          %z = Neg(%y)
        }
        """,
      because: "the shape changes")
  }

  @Test func staysWhereTheShapeIsAnInput() throws {
    try expectUnchanged(
      RemoveNoOpExpand(),
      """
        graph main(%x: f32[N,8], %s: i64[2]) -> (%z) {
          %y = Expand(%x, %s)
          %z = Neg(%y)
        }
        """,
      because: "the shape changes")
  }
}
