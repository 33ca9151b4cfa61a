import FerryTestSupport
import Passes
import Testing

@Suite struct RecognizeMishTests {
  @Test func recognisesTheDefinition() throws {
    try expectRewrite(
      RecognizeMish(),
      """
        graph main(%x: f32[N,4]) -> (%z) {
          %s = Softplus(%x)
          %t = Tanh(%s)
          %y = Mul(%t, %x)
          %z = Neg(%y)
        }
        """,
      becomes: """
        graph main(%x: f32[N,4]) -> (%z) {
          %y = Mish(%x)
          %z = Neg(%y)
        }
        """)
  }

  @Test func leavesAGateOfAnotherValue() throws {
    try expectUnchanged(
      RecognizeMish(),
      """
        graph main(%x: f32[N,4], %v: f32[N,4]) -> (%z) {
          %s = Softplus(%v)
          %t = Tanh(%s)
          %y = Mul(%t, %x)
          %z = Neg(%y)
        }
        """,
      because: "the gate is a function of another value")
  }

  @Test func leavesAnotherGate() throws {
    try expectUnchanged(
      RecognizeMish(),
      """
        graph main(%x: f32[N,4]) -> (%z) {
          %s = Softsign(%x)
          %t = Tanh(%s)
          %y = Mul(%x, %t)
          %z = Neg(%y)
        }
        """,
      because: "another operator")
  }

  @Test func leavesAGateWithOtherUses() throws {
    try expectUnchanged(
      RecognizeMish(),
      """
        graph main(%x: f32[N,4]) -> (%z, %t) {
          %s = Softplus(%x)
          %t = Tanh(%s)
          %y = Mul(%x, %t)
          %z = Neg(%y)
        }
        """,
      because: "the value has other uses")
  }

  @Test func leavesAnOlderOperatorSet() throws {
    try expectUnchanged(
      RecognizeMish(), opset: 17,
      """
        graph main(%x: f32[N,4]) -> (%z) {
          %s = Softplus(%x)
          %t = Tanh(%s)
          %y = Mul(%x, %t)
          %z = Neg(%y)
        }
        """,
      because: "the operator set does not have the operator")
  }

  @Test func leavesDoubles() throws {
    try expectUnchanged(
      RecognizeMish(),
      """
        graph main(%x: f64[N,4]) -> (%z) {
          %s = Softplus(%x)
          %t = Tanh(%s)
          %y = Mul(%t, %x)
          %z = Neg(%y)
        }
        """,
      because: "the element type")
  }
}
