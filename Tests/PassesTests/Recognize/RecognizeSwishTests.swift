import FerryTestSupport
import Passes
import Testing

@Suite struct RecognizeSwishTests {
  @Test func recognisesAPlainGate() throws {
    try expectRewrite(
      RecognizeSwish(),
      """
        graph main(%x: f32[N,4]) -> (%z) {
          %s = Sigmoid(%x)
          %y = Mul(%x, %s)
          %z = Neg(%y)
        }
        """,
      becomes: """
        graph main(%x: f32[N,4]) -> (%z) {
          %y = Swish(%x)
          %z = Neg(%y)
        }
        """)
  }

  @Test func recognisesAScaledArgument() throws {
    try expectRewrite(
      RecognizeSwish(),
      """
        graph main(%x: f32[N,4]) -> (%z) {
          %k = const f32 1.702
          %a = Mul(%k, %x)
          %s = Sigmoid(%a)
          %y = Mul(%s, %x)
          %z = Neg(%y)
        }
        """,
      becomes: """
        graph main(%x: f32[N,4]) -> (%z) {
          %y = Swish(%x) {alpha: 1.702}
          %z = Neg(%y)
        }
        """)
  }

  @Test func leavesAShiftedArgument() throws {
    try expectUnchanged(
      RecognizeSwish(),
      """
        graph main(%x: f32[N,4]) -> (%z) {
          %k = const f32 1.702
          %a = Add(%k, %x)
          %s = Sigmoid(%a)
          %y = Mul(%s, %x)
          %z = Neg(%y)
        }
        """,
      because: "the gate is a function of another value")
  }

  @Test func leavesAGateOfAnotherValue() throws {
    try expectUnchanged(
      RecognizeSwish(),
      """
        graph main(%x: f32[N,4], %v: f32[N,4]) -> (%z) {
          %a = Abs(%v)
          %s = Sigmoid(%a)
          %y = Mul(%s, %x)
          %z = Neg(%y)
        }
        """,
      because: "the gate is a function of another value")
  }

  @Test func leavesAGateWithOtherUses() throws {
    try expectUnchanged(
      RecognizeSwish(),
      """
        graph main(%x: f32[N,4]) -> (%z, %s) {
          %s = Sigmoid(%x)
          %y = Mul(%x, %s)
          %z = Neg(%y)
        }
        """,
      because: "the value has other uses")
  }

  @Test func leavesAnOlderOperatorSet() throws {
    try expectUnchanged(
      RecognizeSwish(), opset: 23,
      """
        graph main(%x: f32[N,4]) -> (%z) {
          %s = Sigmoid(%x)
          %y = Mul(%x, %s)
          %z = Neg(%y)
        }
        """,
      because: "the operator set does not have the operator")
  }

  @Test func leavesDoubles() throws {
    try expectUnchanged(
      RecognizeSwish(),
      """
        graph main(%x: f64[N,4]) -> (%z) {
          %s = Sigmoid(%x)
          %y = Mul(%x, %s)
          %z = Neg(%y)
        }
        """,
      because: "the element type")
  }
}
