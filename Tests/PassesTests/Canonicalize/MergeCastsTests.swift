import FerryTestSupport
import Passes
import Testing

@Suite struct MergeCastsTests {
  @Test func dropsAWideningBeforeAnotherConversion() throws {
    try expectRewrite(
      MergeCasts(),
      """
        graph main(%x: f16[N,4]) -> (%y) {
          %a = Cast(%x) {to: f32}
          %y = Cast(%a) {to: i64}
        }
        """,
      becomes: """
        graph main(%x: f16[N,4]) -> (%y) {
          %y = Cast(%x) {to: i64}
        }
        """)
  }

  @Test func dropsBothWhereTheSecondUndoesTheFirst() throws {
    try expectRewrite(
      MergeCasts(),
      """
        graph main(%x: f32[N,4]) -> (%y) {
          %a = Cast(%x) {to: f64}
          %b = Cast(%a) {to: f32}
          %y = Neg(%b)
        }
        """,
      becomes: """
        graph main(%x: f32[N,4]) -> (%y) {
          %y = Neg(%x)
        }
        """)
  }

  @Test func leavesANarrowing() throws {
    try expectUnchanged(
      MergeCasts(),
      """
        graph main(%x: f32[N,4]) -> (%y) {
          %a = Cast(%x) {to: f16}
          %y = Cast(%a) {to: f32}
        }
        """,
      because: "the first conversion may lose something")
  }

  @Test func leavesARounding() throws {
    try expectUnchanged(
      MergeCasts(),
      """
        graph main(%x: f32[N,4]) -> (%y) {
          %a = Cast(%x) {to: i32}
          %y = Cast(%a) {to: f32}
        }
        """,
      because: "the first conversion may lose something")
  }

  @Test func leavesALargeInteger() throws {
    try expectUnchanged(
      MergeCasts(),
      """
        graph main(%x: i32[N,4]) -> (%y) {
          %a = Cast(%x) {to: f32}
          %y = Cast(%a) {to: i64}
        }
        """,
      because: "the first conversion may lose something")
  }
}
