import FerryTestSupport
import Passes
import Testing

@Suite struct MultiplyByReciprocalTests {
  @Test func multiplies() throws {
    try expectRewrite(
      MultiplyByReciprocal(),
      """
        graph main(%x: f32[N,2]) -> (%z) {
          %c = const f32[2] [4.0, 3.0]
          %y = Div(%x, %c)
          %z = Neg(%y)
        }
        """,
      becomes: """
        graph main(%x: f32[N,2]) -> (%z) {
          %c = const f32[2] [0.25, 0.33333334]
          %y = Mul(%x, %c)
          %z = Neg(%y)
        }
        """)
  }

  @Test func leavesADivisionByZero() throws {
    try expectUnchanged(
      MultiplyByReciprocal(),
      """
        graph main(%x: f32[N,2]) -> (%z) {
          %c = const f32[2] [4.0, 0.0]
          %y = Div(%x, %c)
          %z = Neg(%y)
        }
        """,
      because: "a reciprocal is not a normal number")
  }

  @Test func leavesIntegers() throws {
    try expectUnchanged(
      MultiplyByReciprocal(),
      """
        graph main(%x: i64[N,2]) -> (%y) {
          %c = const i64[2] [4, 2]
          %y = Div(%x, %c)
        }
        """,
      because: "the element type of the divisor")
  }

  @Test func leavesTheArgumentOfErf() throws {
    try expectUnchanged(
      MultiplyByReciprocal(),
      """
        graph main(%x: f32[N,2]) -> (%z) {
          %c = const f32 1.4142135
          %y = Div(%x, %c)
          %z = Erf(%y)
        }
        """,
      because: "the quotient is that of a Gaussian error unit")
  }

  @Test func leavesAConstantThatIsDivided() throws {
    try expectUnchanged(
      MultiplyByReciprocal(),
      """
        graph main(%x: f32[N,2]) -> (%z) {
          %c = const f32[2] [4.0, 3.0]
          %y = Div(%c, %x)
          %z = Neg(%y)
        }
        """,
      because: "not a constant")
  }
}
