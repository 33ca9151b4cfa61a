import FerryTestSupport
import Passes
import Testing

@Suite struct RemoveNoOpReshapeTests {
  @Test func removesOneToTheSameShape() throws {
    try expectRewrite(
      RemoveNoOpReshape(),
      """
        graph main(%x: f32[2,6]) -> (%z) {
          %s = const i64[2] [2, 6]
          %y = Reshape(%x, %s)
          %z = Neg(%y)
        }
        """,
      becomes: """
        graph main(%x: f32[2,6]) -> (%z) {
          %z = Neg(%x)
        }
        """)
  }

  @Test func removesOneToTheSameSymbols() throws {
    try expectRewrite(
      RemoveNoOpReshape(),
      """
        graph main(%x: f32[N,M]) -> (%z) {
          %s = const i64[2] [0, -1]
          %y = Reshape(%x, %s)
          %z = Neg(%y)
        }
        """,
      becomes: """
        graph main(%x: f32[N,M]) -> (%z) {
          %z = Neg(%x)
        }
        """)
  }

  @Test func removesAFlattenOfAMatrix() throws {
    try expectRewrite(
      RemoveNoOpReshape(),
      """
        graph main(%x: f32[N,6]) -> (%z) {
          %y = Flatten(%x)
          %z = Neg(%y)
        }
        """,
      becomes: """
        graph main(%x: f32[N,6]) -> (%z) {
          %z = Neg(%x)
        }
        """)
  }

  @Test func staysWhereASizeChanges() throws {
    try expectUnchanged(
      RemoveNoOpReshape(),
      """
        graph main(%x: f32[2,6]) -> (%z) {
          %s = const i64[2] [3, 4]
          %y = Reshape(%x, %s)
          %z = Neg(%y)
        }
        """,
      because: "the shape changes")
  }

  @Test func staysWhereSymbolsAreExchanged() throws {
    try expectUnchanged(
      RemoveNoOpReshape(),
      """
        graph main(%x: f32[N,M], %s: i64[2]) -> (%z) {
          %y = Reshape(%x, %s)
          %z = Neg(%y)
        }
        """,
      because: "the shape changes")
  }

  @Test func staysWhereTheRankIsNotKnown() throws {
    try expectUnchanged(
      RemoveNoOpReshape(),
      """
        graph main(%x: f32[...]) -> (%z) {
          %s = const i64[2] [2, 6]
          %y = Reshape(%x, %s)
          %z = Neg(%y)
        }
        """,
      because: "the rank is not known")
  }
}
