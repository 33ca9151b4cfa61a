import FerryTestSupport
import Passes
import Testing

@Suite struct RecognizeSigmoidTests {
  @Test func recognisesAQuotient() throws {
    try expectRewrite(
      RecognizeSigmoid(),
      """
        graph main(%x: f32[N,4]) -> (%z) {
          %one = const f32 1.0
          %n = Neg(%x)
          %e = Exp(%n)
          %d = Add(%e, %one)
          %y = Div(%one, %d)
          %z = Tanh(%y)
        }
        """,
      becomes: """
        graph main(%x: f32[N,4]) -> (%z) {
          %y = Sigmoid(%x)
          %z = Tanh(%y)
        }
        """)
  }

  @Test func recognisesAReciprocal() throws {
    try expectRewrite(
      RecognizeSigmoid(),
      """
        graph main(%x: f32[N,4]) -> (%z) {
          %one = const f32 1.0
          %n = Neg(%x)
          %e = Exp(%n)
          %d = Add(%e, %one)
          %y = Reciprocal(%d)
          %z = Tanh(%y)
        }
        """,
      becomes: """
        graph main(%x: f32[N,4]) -> (%z) {
          %y = Sigmoid(%x)
          %z = Tanh(%y)
        }
        """)
  }

  @Test func keepsWhatIsDivided() throws {
    try expectRewrite(
      RecognizeSigmoid(),
      """
        graph main(%x: f32[N,4], %v: f32[N,4]) -> (%z) {
          %one = const f32 1.0
          %n = Neg(%x)
          %e = Exp(%n)
          %d = Add(%e, %one)
          %y = Div(%v, %d)
          %z = Tanh(%y)
        }
        """,
      becomes: """
        graph main(%x: f32[N,4], %v: f32[N,4]) -> (%z) {
          %g = Sigmoid(%x)
          %y = Mul(%v, %g)
          %z = Tanh(%y)
        }
        """)
  }

  @Test func leavesAnotherNumber() throws {
    try expectUnchanged(
      RecognizeSigmoid(),
      """
        graph main(%x: f32[N,4]) -> (%z) {
          %two = const f32 2.0
          %n = Neg(%x)
          %e = Exp(%n)
          %d = Add(%e, %two)
          %y = Reciprocal(%d)
          %z = Tanh(%y)
        }
        """,
      because: "another number is added")
  }

  @Test func leavesAPositiveExponent() throws {
    try expectUnchanged(
      RecognizeSigmoid(),
      """
        graph main(%x: f32[N,4]) -> (%z) {
          %one = const f32 1.0
          %e = Exp(%x)
          %d = Add(%e, %one)
          %y = Reciprocal(%d)
          %z = Tanh(%y)
        }
        """,
      because: "not the result of a node")
  }

  @Test func leavesADivisorWithOtherUses() throws {
    try expectUnchanged(
      RecognizeSigmoid(),
      """
        graph main(%x: f32[N,4]) -> (%z, %d) {
          %one = const f32 1.0
          %n = Neg(%x)
          %e = Exp(%n)
          %d = Add(%e, %one)
          %y = Reciprocal(%d)
          %z = Tanh(%y)
        }
        """,
      because: "the value has other uses")
  }
}
