import FerryTestSupport
import Passes
import Testing

@Suite struct RecognizeHardSwishTests {
  @Test func recognisesAGatedValue() throws {
    try expectRewrite(
      RecognizeHardSwish(),
      """
        graph main(%x: f32[N,8]) -> (%z) {
          %h = HardSigmoid(%x) {alpha: 0.16666667}
          %y = Mul(%h, %x)
          %z = Neg(%y)
        }
        """,
      becomes: """
        graph main(%x: f32[N,8]) -> (%z) {
          %y = HardSwish(%x)
          %z = Neg(%y)
        }
        """)
  }

  @Test func leavesAnotherSlope() throws {
    try expectUnchanged(
      RecognizeHardSwish(),
      """
        graph main(%x: f32[N,8]) -> (%z) {
          %h = HardSigmoid(%x)
          %y = Mul(%h, %x)
          %z = Neg(%y)
        }
        """,
      because: "the slope is not 1/6")
  }

  @Test func leavesAnotherValue() throws {
    try expectUnchanged(
      RecognizeHardSwish(),
      """
        graph main(%x: f32[N,8], %v: f32[N,8]) -> (%z) {
          %h = HardSigmoid(%v) {alpha: 0.16666667}
          %y = Mul(%h, %x)
          %z = Neg(%y)
        }
        """,
      because: "the gate is a function of another value")
  }

  @Test func leavesAGateThatIsUsedTwice() throws {
    try expectUnchanged(
      RecognizeHardSwish(),
      """
        graph main(%x: f32[N,8]) -> (%z, %h) {
          %h = HardSigmoid(%x) {alpha: 0.16666667}
          %y = Mul(%x, %h)
          %z = Neg(%y)
        }
        """,
      because: "the value has other uses")
  }

  @Test func needsTheOperator() throws {
    try expectUnchanged(
      RecognizeHardSwish(), opset: 13,
      """
        graph main(%x: f32[N,8]) -> (%z) {
          %h = HardSigmoid(%x) {alpha: 0.16666667}
          %y = Mul(%h, %x)
          %z = Neg(%y)
        }
        """,
      because: "the operator set does not have the operator")
  }

  @Test func leavesDoubles() throws {
    try expectUnchanged(
      RecognizeHardSwish(),
      """
        graph main(%x: f64[N,8]) -> (%z) {
          %h = HardSigmoid(%x) {alpha: 0.16666667}
          %y = Mul(%h, %x)
          %z = Neg(%y)
        }
        """,
      because: "the element type")
  }
}
