import FerryTestSupport
import Passes
import Testing

@Suite struct RemoveConstantWhereTests {
  @Test func takesWhatIsAlwaysChosen() throws {
    try expectRewrite(
      RemoveConstantWhere(),
      """
        graph main(%x: f32[N,4], %z: f32[N,4]) -> (%y) {
          %c = const bool[4] splat(false)
          %w = Where(%c, %x, %z)
          %y = Neg(%w)
        }
        """,
      becomes: """
        graph main(%x: f32[N,4], %z: f32[N,4]) -> (%y) {
          %y = Neg(%z)
        }
        """)
  }

  @Test func leavesAConditionThatVaries() throws {
    try expectUnchanged(
      RemoveConstantWhere(),
      """
        graph main(%x: f32[N,2], %z: f32[N,2]) -> (%y) {
          %c = const bool[2] [true, false]
          %y = Where(%c, %x, %z)
        }
        """,
      because: "the condition differs between elements")
  }

  @Test func leavesAChoiceThatBroadcasts() throws {
    try expectUnchanged(
      RemoveConstantWhere(),
      """
        graph main(%x: f32[1,4], %z: f32[N,4]) -> (%y) {
          %c = const bool true
          %y = Where(%c, %x, %z)
        }
        """,
      because: "the shape changes")
  }

  @Test func leavesAConditionThatIsComputed() throws {
    try expectUnchanged(
      RemoveConstantWhere(),
      """
        graph main(%c: bool[4], %x: f32[N,4], %z: f32[N,4]) -> (%y) {
          %y = Where(%c, %x, %z)
        }
        """,
      because: "not a constant")
  }
}
