import FerryTestSupport
import Passes
import Testing

@Suite struct RemoveJoinedSplitTests {
  @Test func forwardsWhatWasSplit() throws {
    try expectRewrite(
      RemoveJoinedSplit(),
      """
        graph main(%x: f32[N,8]) -> (%y) {
          %s = const i64[2] [3, 5]
          %a, %b = Split(%x, %s) {axis: 1}
          %c = Concat(%a, %b) {axis: -1}
          %y = Neg(%c)
        }
        """,
      becomes: """
        graph main(%x: f32[N,8]) -> (%y) {
          %y = Neg(%x)
        }
        """)
  }

  @Test func leavesAnotherOrder() throws {
    try expectUnchanged(
      RemoveJoinedSplit(),
      """
        graph main(%x: f32[N,8]) -> (%y) {
          %s = const i64[2] [4, 4]
          %a, %b = Split(%x, %s) {axis: 1}
          %y = Concat(%b, %a) {axis: 1}
        }
        """,
      because: "the parts are in another order")
  }

  @Test func leavesAnotherAxis() throws {
    try expectUnchanged(
      RemoveJoinedSplit(),
      """
        graph main(%x: f32[N,8]) -> (%y) {
          %s = const i64[2] [4, 4]
          %a, %b = Split(%x, %s) {axis: 1}
          %y = Concat(%a, %b) {axis: 0}
        }
        """,
      because: "the axes differ")
  }

  @Test func leavesSomeOfTheParts() throws {
    try expectUnchanged(
      RemoveJoinedSplit(),
      """
        graph main(%x: f32[N,8]) -> (%y, %c) {
          %s = const i64[3] [4, 2, 2]
          %a, %b, %c = Split(%x, %s) {axis: 1}
          %y = Concat(%a, %b) {axis: 1}
        }
        """,
      because: "the parts are not all of them")
  }
}
