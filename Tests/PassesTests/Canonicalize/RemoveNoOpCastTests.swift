import FerryTestSupport
import Passes
import Testing

@Suite struct RemoveNoOpCastTests {
  @Test func removesACastToTheSameType() throws {
    try expectRewrite(
      RemoveNoOpCast(),
      """
        graph main(%x: f32[N]) -> (%z) {
          %y = Cast(%x) {to: f32}
          %z = Neg(%y)
        }
        """,
      becomes: """
        graph main(%x: f32[N]) -> (%z) {
          %z = Neg(%x)
        }
        """)
  }

  @Test func staysWhereTheTypeChanges() throws {
    try expectUnchanged(
      RemoveNoOpCast(),
      """
        graph main(%x: f32[N]) -> (%z) {
          %y = Cast(%x) {to: f64}
          %z = Neg(%y)
        }
        """,
      because: "the element type changes")
  }

  @Test func staysWhereTheTypeIsNotKnown() throws {
    try expectUnchanged(
      RemoveNoOpCast(),
      """
        graph main(%x) -> (%z) {
          %y = Cast(%x) {to: f32}
          %z = Neg(%y)
        }
        """,
      because: "the element type is not known")
  }
}
