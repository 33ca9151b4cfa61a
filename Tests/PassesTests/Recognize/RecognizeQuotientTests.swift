import FerryTestSupport
import Passes
import Testing

@Suite struct RecognizeQuotientTests {
  @Test func divides() throws {
    try expectRewrite(
      RecognizeQuotient(),
      """
        graph main(%x: f32[N,4], %z: f32[N,1]) -> (%y) {
          %a = Exp(%z)
          %r = Reciprocal(%a)
          %y = Mul(%x, %r)
        }
        """,
      becomes: """
        graph main(%x: f32[N,4], %z: f32[N,1]) -> (%y) {
          %a = Exp(%z)
          %y = Div(%x, %a)
        }
        """)
  }

  @Test func leavesAReciprocalThatIsUsedElsewhere() throws {
    try expectUnchanged(
      RecognizeQuotient(),
      """
        graph main(%x: f32[N,4], %z: f32[N,1]) -> (%y, %r) {
          %a = Exp(%z)
          %r = Reciprocal(%a)
          %y = Mul(%x, %r)
        }
        """,
      because: "the value has other uses")
  }

  @Test func dividesByWhatOneIsDividedBy() throws {
    try expectRewrite(
      RecognizeQuotient(),
      """
        graph main(%x: f32[N,4], %z: f32[N,1]) -> (%y) {
          %one = const f32 1.0
          %a = Div(%one, %z)
          %y = Mul(%x, %a)
        }
        """,
      becomes: """
        graph main(%x: f32[N,4], %z: f32[N,1]) -> (%y) {
          %y = Div(%x, %z)
        }
        """)
  }

  @Test func leavesAQuotientOfAnotherNumber() throws {
    try expectUnchanged(
      RecognizeQuotient(),
      """
        graph main(%x: f32[N,4], %z: f32[N,1]) -> (%y) {
          %two = const f32 2.0
          %a = Div(%two, %z)
          %y = Mul(%x, %a)
        }
        """,
      because: "neither factor is a reciprocal")
  }

  @Test func leavesAnotherOperator() throws {
    try expectUnchanged(
      RecognizeQuotient(),
      """
        graph main(%x: f32[N,4], %z: f32[N,1]) -> (%y) {
          %a = Exp(%z)
          %y = Mul(%x, %a)
        }
        """,
      because: "neither factor is a reciprocal")
  }
}
