import FerryTestSupport
import Passes
import Testing

@Suite struct RecognizeNearestResizeTests {
  @Test func resizesInsteadOfExpanding() throws {
    try expectRewrite(
      RecognizeNearestResize(),
      """
        graph main(%x: f32[N,2,5,3]) -> (%z) {
          %a = const i64[6] [0, 2, 5, 1, 3, 1]
          %e = const i64[6] [1, 1, 1, 2, 1, 3]
          %b = const i64[4] [0, 2, 10, 9]
          %s = Reshape(%x, %a)
          %t = Expand(%s, %e)
          %y = Reshape(%t, %b)
          %z = Neg(%y)
        }
        """,
      becomes: """
        graph main(%x: f32[N,2,5,3]) -> (%z) {
          %k = const f32[4] [1.0, 1.0, 2.0, 3.0]
          %y = Resize(%x, _, %k) {coordinate_transformation_mode: "asymmetric", mode: "nearest", nearest_mode: "floor"}
          %z = Neg(%y)
        }
        """)
  }

  @Test func resizesInsteadOfRepeating() throws {
    try expectRewrite(
      RecognizeNearestResize(),
      """
        graph main(%x: f32[N,2,5,3]) -> (%z) {
          %a = const i64[6] [0, 2, 5, 1, 3, 1]
          %e = const i64[6] [1, 1, 1, 2, 1, 3]
          %b = const i64[4] [0, 2, 10, 9]
          %s = Reshape(%x, %a)
          %t = Tile(%s, %e)
          %y = Reshape(%t, %b)
          %z = Neg(%y)
        }
        """,
      becomes: """
        graph main(%x: f32[N,2,5,3]) -> (%z) {
          %k = const f32[4] [1.0, 1.0, 2.0, 3.0]
          %y = Resize(%x, _, %k) {coordinate_transformation_mode: "asymmetric", mode: "nearest", nearest_mode: "floor"}
          %z = Neg(%y)
        }
        """)
  }

  @Test func leavesAxesBeforeTheSizes() throws {
    try expectUnchanged(
      RecognizeNearestResize(),
      """
        graph main(%x: f32[N,2,5,3]) -> (%z) {
          %a = const i64[6] [0, 2, 1, 5, 1, 3]
          %e = const i64[6] [1, 1, 2, 1, 3, 1]
          %b = const i64[4] [0, 2, 10, 9]
          %s = Reshape(%x, %a)
          %t = Expand(%s, %e)
          %y = Reshape(%t, %b)
          %z = Neg(%y)
        }
        """,
      because: "the axes are added elsewhere")
  }

  @Test func leavesRepeatedChannels() throws {
    try expectUnchanged(
      RecognizeNearestResize(),
      """
        graph main(%x: f32[N,2,5,3]) -> (%z) {
          %a = const i64[6] [0, 2, 5, 1, 3, 1]
          %e = const i64[6] [1, 2, 1, 2, 1, 3]
          %b = const i64[4] [0, 4, 10, 9]
          %s = Reshape(%x, %a)
          %t = Tile(%s, %e)
          %y = Reshape(%t, %b)
          %z = Neg(%y)
        }
        """,
      because: "other axes are repeated")
  }

  @Test func leavesAxesJoinedOtherwise() throws {
    try expectUnchanged(
      RecognizeNearestResize(),
      """
        graph main(%x: f32[N,2,5,3]) -> (%z) {
          %a = const i64[6] [0, 2, 5, 1, 3, 1]
          %e = const i64[6] [1, 1, 1, 2, 1, 3]
          %b = const i64[4] [0, 2, 9, 10]
          %s = Reshape(%x, %a)
          %t = Expand(%s, %e)
          %y = Reshape(%t, %b)
          %z = Neg(%y)
        }
        """,
      because: "the axes are joined otherwise")
  }

  @Test func leavesAnotherFunction() throws {
    try expectUnchanged(
      RecognizeNearestResize(),
      """
        graph main(%x: f32[N,2,5,3]) -> (%z) {
          %a = const i64[6] [0, 2, 5, 1, 3, 1]
          %e = const i64[6] [1, 1, 1, 2, 1, 3]
          %b = const i64[4] [0, 2, 5, 3]
          %s = Reshape(%x, %a)
          %t = Abs(%s)
          %y = Reshape(%t, %b)
          %z = Neg(%y)
        }
        """,
      because: "nothing is repeated")
  }

  @Test func leavesRepeatedPixelsWithOtherUses() throws {
    try expectUnchanged(
      RecognizeNearestResize(),
      """
        graph main(%x: f32[N,2,5,3]) -> (%z, %t) {
          %a = const i64[6] [0, 2, 5, 1, 3, 1]
          %e = const i64[6] [1, 1, 1, 2, 1, 3]
          %b = const i64[4] [0, 2, 10, 9]
          %s = Reshape(%x, %a)
          %t = Expand(%s, %e)
          %y = Reshape(%t, %b)
          %z = Neg(%y)
        }
        """,
      because: "the value has other uses")
  }

  @Test func leavesAnOlderOperatorSet() throws {
    try expectUnchanged(
      RecognizeNearestResize(), opset: 10,
      """
        graph main(%x: f32[N,2,5,3]) -> (%z) {
          %a = const i64[6] [0, 2, 5, 1, 3, 1]
          %e = const i64[6] [1, 1, 1, 2, 1, 3]
          %b = const i64[4] [0, 2, 10, 9]
          %s = Reshape(%x, %a)
          %t = Expand(%s, %e)
          %y = Reshape(%t, %b)
          %z = Neg(%y)
        }
        """,
      because: "the operator set does not have the operator")
  }
}
