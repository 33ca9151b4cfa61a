import FerryTestSupport
import Passes
import Testing

@Suite struct RemoveNoOpTransposeTests {
  @Test func removesTheIdentity() throws {
    try expectRewrite(
      RemoveNoOpTranspose(),
      """
        graph main(%x: f32[N,3,4]) -> (%z) {
          %y = Transpose(%x) {perm: [0, 1, 2]}
          %z = Neg(%y)
        }
        """,
      becomes: """
        graph main(%x: f32[N,3,4]) -> (%z) {
          %z = Neg(%x)
        }
        """)
  }

  @Test func removesAnExchangeOfAxesOfSizeOne() throws {
    try expectRewrite(
      RemoveNoOpTranspose(),
      """
        graph main(%x: f32[1,1,5]) -> (%z) {
          %y = Transpose(%x) {perm: [1, 0, 2]}
          %z = Neg(%y)
        }
        """,
      becomes: """
        graph main(%x: f32[1,1,5]) -> (%z) {
          %z = Neg(%x)
        }
        """)
  }

  @Test func staysWhereAxesMove() throws {
    try expectUnchanged(
      RemoveNoOpTranspose(),
      """
        graph main(%x: f32[4,4]) -> (%z) {
          %y = Transpose(%x) {perm: [1, 0]}
          %z = Neg(%y)
        }
        """,
      because: "the elements move")
  }

  @Test func staysWhereTheOrderIsReversed() throws {
    try expectUnchanged(
      RemoveNoOpTranspose(),
      """
        graph main(%x: f32[N,4]) -> (%z) {
          %y = Transpose(%x)
          %z = Neg(%y)
        }
        """,
      because: "the elements move")
  }

  @Test func staysWhereTheShapeChanges() throws {
    try expectUnchanged(
      RemoveNoOpTranspose(),
      """
        graph main(%x: f32[1,5]) -> (%z) {
          %y = Transpose(%x) {perm: [1, 0]}
          %z = Neg(%y)
        }
        """,
      because: "the shape changes")
  }
}
