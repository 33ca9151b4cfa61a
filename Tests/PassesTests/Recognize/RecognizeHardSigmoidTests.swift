import FerryTestSupport
import Passes
import Testing

@Suite struct RecognizeHardSigmoidTests {
  @Test func recognisesTheGateOfHardSwish() throws {
    try expectRewrite(
      RecognizeHardSigmoid(),
      """
        graph main(%v: f32[N,8]) -> (%z) {
          %x = Tanh(%v)
          %three = const f32 3.0
          %zero = const f32 0.0
          %six = const f32 6.0
          %a = Add(%x, %three)
          %c = Clip(%a, %zero, %six)
          %p = Mul(%x, %c)
          %y = Div(%p, %six)
          %z = Neg(%y)
        }
        """,
      becomes: """
        graph main(%v: f32[N,8]) -> (%z) {
          %x = Tanh(%v)
          %h = HardSigmoid(%x) {alpha: 0.16666667}
          %y = Mul(%x, %h)
          %z = Neg(%y)
        }
        """)
  }

  @Test func recognisesDivisionBeforeTheProduct() throws {
    try expectRewrite(
      RecognizeHardSigmoid(),
      """
        graph main(%v: f32[N,8]) -> (%z) {
          %x = Tanh(%v)
          %three = const f32 3.0
          %zero = const f32 0.0
          %six = const f32 6.0
          %sixth = const f32 0.16666667
          %a = Add(%three, %x)
          %c = Clip(%a, %zero, %six)
          %d = Mul(%c, %sixth)
          %y = Mul(%d, %x)
          %z = Neg(%y)
        }
        """,
      becomes: """
        graph main(%v: f32[N,8]) -> (%z) {
          %x = Tanh(%v)
          %h = HardSigmoid(%x) {alpha: 0.16666667}
          %z0 = Mul(%h, %x)
          %z = Neg(%z0)
        }
        """)
  }

  @Test func recognisesALineClippedToOne() throws {
    try expectRewrite(
      RecognizeHardSigmoid(),
      """
        graph main(%x: f32[N,8]) -> (%z) {
          %slope = const f32 0.2
          %half = const f32 0.25
          %zero = const f32 0.0
          %one = const f32 1.0
          %m = Mul(%x, %slope)
          %a = Add(%m, %half)
          %c = Clip(%a, %zero, %one)
          %z = Neg(%c)
        }
        """,
      becomes: """
        graph main(%x: f32[N,8]) -> (%z) {
          %c = HardSigmoid(%x) {beta: 0.25}
          %z = Neg(%c)
        }
        """)
  }

  @Test func leavesAPlainClip() throws {
    try expectUnchanged(
      RecognizeHardSigmoid(),
      """
        graph main(%x: f32[N,8]) -> (%z) {
          %zero = const f32 0.0
          %one = const f32 1.0
          %c = Clip(%x, %zero, %one)
          %z = Neg(%c)
        }
        """,
      because: "the operand is not a scaled and shifted value")
  }

  @Test func leavesALowerBoundOtherThanZero() throws {
    try expectUnchanged(
      RecognizeHardSigmoid(),
      """
        graph main(%x: f32[N,8]) -> (%z) {
          %three = const f32 3.0
          %low = const f32 -1.0
          %one = const f32 1.0
          %a = Add(%x, %three)
          %c = Clip(%a, %low, %one)
          %z = Neg(%c)
        }
        """,
      because: "the bounds are not 0 and a positive number")
  }

  @Test func leavesAClipThatIsNotScaledBack() throws {
    try expectUnchanged(
      RecognizeHardSigmoid(),
      """
        graph main(%x: f32[N,8]) -> (%z) {
          %three = const f32 3.0
          %zero = const f32 0.0
          %six = const f32 6.0
          %a = Add(%x, %three)
          %c = Clip(%a, %zero, %six)
          %z = Neg(%c)
        }
        """,
      because: "what follows is another function")
  }

  @Test func leavesAClipThatIsUsedTwice() throws {
    try expectUnchanged(
      RecognizeHardSigmoid(),
      """
        graph main(%x: f32[N,8]) -> (%c, %z) {
          %three = const f32 3.0
          %zero = const f32 0.0
          %six = const f32 6.0
          %a = Add(%x, %three)
          %c = Clip(%a, %zero, %six)
          %z = Div(%c, %six)
        }
        """,
      because: "the value has other uses")
  }

  @Test func leavesDoubles() throws {
    try expectUnchanged(
      RecognizeHardSigmoid(),
      """
        graph main(%x: f64[N,8]) -> (%z) {
          %three = const f64 3.0
          %zero = const f64 0.0
          %six = const f64 6.0
          %a = Add(%x, %three)
          %c = Clip(%a, %zero, %six)
          %d = Div(%c, %six)
          %z = Neg(%d)
        }
        """,
      because: "the element type")
  }

  @Test func leavesIntegers() throws {
    try expectUnchanged(
      RecognizeHardSigmoid(),
      """
        graph main(%x: i32[N,8]) -> (%z) {
          %three = const i32 3
          %zero = const i32 0
          %one = const i32 1
          %a = Add(%x, %three)
          %c = Clip(%a, %zero, %one)
          %z = Neg(%c)
        }
        """,
      because: "the element type")
  }

  @Test func recognisesASumBeforeTheLine() throws {
    try expectRewrite(
      RecognizeHardSigmoid(),
      """
        graph main(%x: f32[N,4], %v: f32[N,4]) -> (%z) {
          %a = const f32 3.0
          %zero = const f32 0.0
          %six = const f32 6.0
          %s = Add(%x, %v)
          %p = Add(%s, %a)
          %c = Clip(%p, %zero, %six)
          %y = Div(%c, %six)
          %z = Neg(%y)
        }
        """,
      becomes: """
        graph main(%x: f32[N,4], %v: f32[N,4]) -> (%z) {
          %s = Add(%x, %v)
          %y = HardSigmoid(%s) {alpha: 0.16666667, beta: 0.5}
          %z = Neg(%y)
        }
        """)
  }
}
