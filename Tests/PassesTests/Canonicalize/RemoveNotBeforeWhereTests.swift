import FerryTestSupport
import Passes
import Testing

@Suite struct RemoveNotBeforeWhereTests {
  @Test func swapsTheAlternatives() throws {
    try expectRewrite(
      RemoveNotBeforeWhere(),
      """
        graph main(%c: bool[N,4], %a: f32[N,4], %b: f32[4]) -> (%y) {
          %n = Not(%c)
          %y = Where(%n, %a, %b)
        }
        """,
      becomes: """
        graph main(%c: bool[N,4], %a: f32[N,4], %b: f32[4]) -> (%y) {
          %y = Where(%c, %b, %a)
        }
        """)
  }

  @Test func leavesANegationWithOtherUses() throws {
    try expectUnchanged(
      RemoveNotBeforeWhere(),
      """
        graph main(%c: bool[N,4], %a: f32[N,4], %b: f32[4]) -> (%y, %n) {
          %n = Not(%c)
          %y = Where(%n, %a, %b)
        }
        """,
      because: "the value has other uses")
  }

  @Test func leavesAPlainCondition() throws {
    try expectUnchanged(
      RemoveNotBeforeWhere(),
      """
        graph main(%c: bool[N,4], %a: f32[N,4], %b: f32[4]) -> (%y) {
          %y = Where(%c, %a, %b)
        }
        """,
      because: "not the result of a node")
  }
}
