import FerryTestSupport
import Passes
import Testing

@Suite struct RecognizeSpaceToDepthTests {
  @Test func recognisesBlocksOutermost() throws {
    try expectRewrite(
      RecognizeSpaceToDepth(),
      """
        graph main(%x: f32[N,3,4,6]) -> (%z) {
          %a = const i64[6] [0, 3, 2, 2, 3, 2]
          %b = const i64[4] [0, 12, 2, 3]
          %s = Reshape(%x, %a)
          %t = Transpose(%s) {perm: [0, 3, 5, 1, 2, 4]}
          %y = Reshape(%t, %b)
          %z = Neg(%y)
        }
        """,
      becomes: """
        graph main(%x: f32[N,3,4,6]) -> (%z) {
          %y = SpaceToDepth(%x) {blocksize: 2}
          %z = Neg(%y)
        }
        """)
  }

  @Test func leavesAnotherMovement() throws {
    try expectUnchanged(
      RecognizeSpaceToDepth(),
      """
        graph main(%x: f32[N,3,4,6]) -> (%z) {
          %a = const i64[6] [0, 3, 2, 2, 3, 2]
          %b = const i64[4] [0, 12, 2, 3]
          %s = Reshape(%x, %a)
          %t = Transpose(%s) {perm: [0, 5, 3, 1, 2, 4]}
          %y = Reshape(%t, %b)
          %z = Neg(%y)
        }
        """,
      because: "the axes move elsewhere")
  }

  @Test func leavesBlocksThatAreNotSquare() throws {
    try expectUnchanged(
      RecognizeSpaceToDepth(),
      """
        graph main(%x: f32[N,3,4,6]) -> (%z) {
          %a = const i64[6] [0, 3, 2, 2, 2, 3]
          %b = const i64[4] [0, 18, 2, 2]
          %s = Reshape(%x, %a)
          %t = Transpose(%s) {perm: [0, 3, 5, 1, 2, 4]}
          %y = Reshape(%t, %b)
          %z = Neg(%y)
        }
        """,
      because: "the blocks are not squares")
  }

  @Test func leavesAxesSplitOtherwise() throws {
    try expectUnchanged(
      RecognizeSpaceToDepth(),
      """
        graph main(%x: f32[N,3,4,6]) -> (%z) {
          %a = const i64[6] [0, 3, 3, 2, 2, 2]
          %b = const i64[4] [0, 12, 3, 2]
          %s = Reshape(%x, %a)
          %t = Transpose(%s) {perm: [0, 3, 5, 1, 2, 4]}
          %y = Reshape(%t, %b)
          %z = Neg(%y)
        }
        """,
      because: "other axes than height and width are split")
  }

  @Test func leavesValuesWithOtherUses() throws {
    try expectUnchanged(
      RecognizeSpaceToDepth(),
      """
        graph main(%x: f32[N,3,4,6]) -> (%z, %t) {
          %a = const i64[6] [0, 3, 2, 2, 3, 2]
          %b = const i64[4] [0, 12, 2, 3]
          %s = Reshape(%x, %a)
          %t = Transpose(%s) {perm: [0, 3, 5, 1, 2, 4]}
          %y = Reshape(%t, %b)
          %z = Neg(%y)
        }
        """,
      because: "the value has other uses")
  }
}
