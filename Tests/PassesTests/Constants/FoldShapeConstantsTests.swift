import FerryTestSupport
import Passes
import Testing

@Suite struct FoldShapeConstantsTests {
  @Test func foldsTheShapeOfAFixedValue() throws {
    try expectRewrite(
      FoldShapeConstants(),
      """
        graph main(%x: f32[2,3]) -> (%y) {
          %y = Shape(%x)
        }
        """,
      becomes: """
        graph main(%x: f32[2,3]) -> (%y) {
          %y = const i64[2] [2, 3]
        }
        """)
  }

  @Test func foldsAKnownSizeAmongUnknownOnes() throws {
    try expectRewrite(
      FoldShapeConstants(),
      """
        graph main(%x: f32[N,3,M]) -> (%y) {
          %i = const i64 1
          %s = Shape(%x)
          %y = Gather(%s, %i)
        }
        """,
      becomes: """
        graph main(%x: f32[N,3,M]) -> (%y) {
          %y = const i64 3
        }
        """)
  }

  @Test func foldsAQuotientOfEqualSizes() throws {
    try expectRewrite(
      FoldShapeConstants(),
      """
        graph main(%x: f32[N,3]) -> (%y) {
          %i = const i64[1] [0]
          %s = Shape(%x)
          %n = Gather(%s, %i)
          %y = Div(%n, %n)
        }
        """,
      becomes: """
        graph main(%x: f32[N,3]) -> (%y) {
          %y = const i64[1] [1]
        }
        """)
  }

  @Test func leavesAnUnknownSize() throws {
    try expectUnchanged(
      FoldShapeConstants(),
      """
        graph main(%x: f32[N,3]) -> (%y) {
          %i = const i64 0
          %s = Shape(%x)
          %y = Gather(%s, %i)
        }
        """,
      because: "the elements are not known")
  }

  @Test func leavesTheShapeOfAnUnknownRank() throws {
    try expectUnchanged(
      FoldShapeConstants(),
      """
        graph main(%x: f32[...]) -> (%y) {
          %y = Shape(%x)
        }
        """,
      because: "the elements are not known")
  }

  @Test func leavesFloats() throws {
    try expectUnchanged(
      FoldShapeConstants(),
      """
        graph main(%x: f32[2]) -> (%y) {
          %y = Neg(%x)
        }
        """,
      because: "the elements are not known")
  }
}
