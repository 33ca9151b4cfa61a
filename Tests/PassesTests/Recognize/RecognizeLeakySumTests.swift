import FerryTestSupport
import Passes
import Testing

@Suite struct RecognizeLeakySumTests {
  @Test func recognisesTheMagnitude() throws {
    try expectRewrite(
      RecognizeLeakySum(),
      """
        graph main(%x: f32[N,4]) -> (%z) {
          %p = const f32 0.5625
          %q = const f32 0.4375
          %a = Abs(%x)
          %m = Mul(%a, %q)
          %n = Mul(%x, %p)
          %y = Add(%n, %m)
          %z = Neg(%y)
        }
        """,
      becomes: """
        graph main(%x: f32[N,4]) -> (%z) {
          %y = LeakyRelu(%x) {alpha: 0.125}
          %z = Neg(%y)
        }
        """)
  }

  @Test func recognisesThePositivePart() throws {
    try expectRewrite(
      RecognizeLeakySum(),
      """
        graph main(%x: f32[N,4]) -> (%z) {
          %p = const f32 0.5625
          %q = const f32 0.4375
          %a = Relu(%x)
          %m = Mul(%a, %q)
          %n = Mul(%x, %p)
          %y = Add(%m, %n)
          %z = Neg(%y)
        }
        """,
      becomes: """
        graph main(%x: f32[N,4]) -> (%z) {
          %y = LeakyRelu(%x) {alpha: 0.5625}
          %z = Neg(%y)
        }
        """)
  }

  @Test func recognisesADifference() throws {
    try expectRewrite(
      RecognizeLeakySum(),
      """
        graph main(%x: f32[N,4]) -> (%z) {
          %p = const f32 1.5
          %q = const f32 0.5
          %a = Abs(%x)
          %m = Mul(%a, %q)
          %n = Mul(%x, %p)
          %y = Sub(%n, %m)
          %z = Neg(%y)
        }
        """,
      becomes: """
        graph main(%x: f32[N,4]) -> (%z) {
          %y = LeakyRelu(%x) {alpha: 2.0}
          %z = Neg(%y)
        }
        """)
  }

  @Test func leavesOtherFactors() throws {
    try expectUnchanged(
      RecognizeLeakySum(),
      """
        graph main(%x: f32[N,4]) -> (%z) {
          %p = const f32 0.5
          %q = const f32 0.25
          %a = Abs(%x)
          %m = Mul(%a, %q)
          %n = Mul(%x, %p)
          %y = Add(%n, %m)
          %z = Neg(%y)
        }
        """,
      because: "positive numbers change")
  }

  @Test func leavesAnotherValue() throws {
    try expectUnchanged(
      RecognizeLeakySum(),
      """
        graph main(%x: f32[N,4], %v: f32[N,4]) -> (%z) {
          %p = const f32 0.5625
          %q = const f32 0.4375
          %a = Abs(%v)
          %m = Mul(%a, %q)
          %n = Mul(%x, %p)
          %y = Add(%n, %m)
          %z = Neg(%y)
        }
        """,
      because: "neither operand is the magnitude or positive part of the other")
  }

  @Test func leavesAShift() throws {
    try expectUnchanged(
      RecognizeLeakySum(),
      """
        graph main(%x: f32[N,4]) -> (%z) {
          %p = const f32 0.5625
          %q = const f32 0.4375
          %one = const f32 1.0
          %a = Abs(%x)
          %m = Mul(%a, %q)
          %o = Add(%m, %one)
          %n = Mul(%x, %p)
          %y = Add(%n, %o)
          %z = Neg(%y)
        }
        """,
      because: "a number is added")
  }

  @Test func leavesAMagnitudeWithOtherUses() throws {
    try expectUnchanged(
      RecognizeLeakySum(),
      """
        graph main(%x: f32[N,4]) -> (%z, %a) {
          %p = const f32 0.5625
          %q = const f32 0.4375
          %a = Abs(%x)
          %m = Mul(%a, %q)
          %n = Mul(%x, %p)
          %y = Add(%n, %m)
          %z = Neg(%y)
        }
        """,
      because: "the value has other uses")
  }

  @Test func leavesDoubles() throws {
    try expectUnchanged(
      RecognizeLeakySum(),
      """
        graph main(%x: f64[N,4]) -> (%z) {
          %p = const f64 0.5625
          %q = const f64 0.4375
          %a = Abs(%x)
          %m = Mul(%a, %q)
          %n = Mul(%x, %p)
          %y = Add(%n, %m)
          %z = Neg(%y)
        }
        """,
      because: "the element type")
  }
}
