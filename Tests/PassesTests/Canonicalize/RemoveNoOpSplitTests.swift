import FerryTestSupport
import Passes
import Testing

@Suite struct RemoveNoOpSplitTests {
  @Test func takesTheOnlyPart() throws {
    try expectRewrite(
      RemoveNoOpSplit(),
      """
        graph main(%x: f32[N,8]) -> (%z) {
          %y = Split(%x) {axis: 1, num_outputs: 1}
          %z = Neg(%y)
        }
        """,
      becomes: """
        graph main(%x: f32[N,8]) -> (%z) {
          %z = Neg(%x)
        }
        """)
  }

  @Test func leavesTwoParts() throws {
    try expectUnchanged(
      RemoveNoOpSplit(),
      """
        graph main(%x: f32[N,8]) -> (%z, %u) {
          %a, %b = Split(%x) {axis: 1, num_outputs: 2}
          %z = Neg(%a)
          %u = Relu(%b)
        }
        """,
      because: "there are several parts")
  }
}
