import FerryTestSupport
import Passes
import Testing

@Suite struct RecognizeDepthToSpaceTests {
  @Test func recognisesChannelsOutermost() throws {
    try expectRewrite(
      RecognizeDepthToSpace(),
      """
        graph main(%x: f32[N,8,5,3]) -> (%z) {
          %a = const i64[6] [0, 2, 2, 2, 5, 3]
          %b = const i64[4] [0, 2, 10, 6]
          %s = Reshape(%x, %a)
          %t = Transpose(%s) {perm: [0, 1, 4, 2, 5, 3]}
          %y = Reshape(%t, %b)
          %z = Neg(%y)
        }
        """,
      becomes: """
        graph main(%x: f32[N,8,5,3]) -> (%z) {
          %y = DepthToSpace(%x) {blocksize: 2, mode: "CRD"}
          %z = Neg(%y)
        }
        """)
  }

  @Test func recognisesBlocksOutermost() throws {
    try expectRewrite(
      RecognizeDepthToSpace(),
      """
        graph main(%x: f32[N,8,5,3]) -> (%z) {
          %a = const i64[6] [0, 2, 2, 2, 5, 3]
          %b = const i64[4] [0, 2, 10, 6]
          %s = Reshape(%x, %a)
          %t = Transpose(%s) {perm: [0, 3, 4, 1, 5, 2]}
          %y = Reshape(%t, %b)
          %z = Neg(%y)
        }
        """,
      becomes: """
        graph main(%x: f32[N,8,5,3]) -> (%z) {
          %y = DepthToSpace(%x) {blocksize: 2}
          %z = Neg(%y)
        }
        """)
  }

  @Test func leavesAnotherMovement() throws {
    try expectUnchanged(
      RecognizeDepthToSpace(),
      """
        graph main(%x: f32[N,8,5,3]) -> (%z) {
          %a = const i64[6] [0, 2, 2, 2, 5, 3]
          %b = const i64[4] [0, 2, 10, 6]
          %s = Reshape(%x, %a)
          %t = Transpose(%s) {perm: [0, 1, 4, 3, 5, 2]}
          %y = Reshape(%t, %b)
          %z = Neg(%y)
        }
        """,
      because: "the axes move elsewhere")
  }

  @Test func leavesBlocksThatAreNotSquare() throws {
    try expectUnchanged(
      RecognizeDepthToSpace(),
      """
        graph main(%x: f32[N,8,5,3]) -> (%z) {
          %a = const i64[6] [0, 1, 4, 2, 5, 3]
          %b = const i64[4] [0, 1, 20, 6]
          %s = Reshape(%x, %a)
          %t = Transpose(%s) {perm: [0, 1, 4, 2, 5, 3]}
          %y = Reshape(%t, %b)
          %z = Neg(%y)
        }
        """,
      because: "the blocks are not squares")
  }

  @Test func leavesAxesJoinedOtherwise() throws {
    try expectUnchanged(
      RecognizeDepthToSpace(),
      """
        graph main(%x: f32[N,8,5,3]) -> (%z) {
          %a = const i64[6] [0, 2, 2, 2, 5, 3]
          %b = const i64[4] [0, 4, 5, 6]
          %s = Reshape(%x, %a)
          %t = Transpose(%s) {perm: [0, 1, 4, 2, 5, 3]}
          %y = Reshape(%t, %b)
          %z = Neg(%y)
        }
        """,
      because: "the axes are joined otherwise")
  }

  @Test func leavesOtherAxesSplit() throws {
    try expectUnchanged(
      RecognizeDepthToSpace(),
      """
        graph main(%x: f32[N,16,3,5]) -> (%z) {
          %a = const i64[6] [0, 4, 2, 2, 5, 3]
          %b = const i64[4] [0, 4, 10, 6]
          %s = Reshape(%x, %a)
          %t = Transpose(%s) {perm: [0, 1, 4, 2, 5, 3]}
          %y = Reshape(%t, %b)
          %z = Neg(%y)
        }
        """,
      because: "other axes than the channels are split")
  }

  @Test func leavesValuesWithOtherUses() throws {
    try expectUnchanged(
      RecognizeDepthToSpace(),
      """
        graph main(%x: f32[N,8,5,3]) -> (%z, %t) {
          %a = const i64[6] [0, 2, 2, 2, 5, 3]
          %b = const i64[4] [0, 2, 10, 6]
          %s = Reshape(%x, %a)
          %t = Transpose(%s) {perm: [0, 1, 4, 2, 5, 3]}
          %y = Reshape(%t, %b)
          %z = Neg(%y)
        }
        """,
      because: "the value has other uses")
  }

  @Test func leavesAnOlderOperatorSet() throws {
    try expectUnchanged(
      RecognizeDepthToSpace(), opset: 10,
      """
        graph main(%x: f32[N,8,5,3]) -> (%z) {
          %a = const i64[6] [0, 2, 2, 2, 5, 3]
          %b = const i64[4] [0, 2, 10, 6]
          %s = Reshape(%x, %a)
          %t = Transpose(%s) {perm: [0, 1, 4, 2, 5, 3]}
          %y = Reshape(%t, %b)
          %z = Neg(%y)
        }
        """,
      because: "the operator set does not have the operator")
  }
}
