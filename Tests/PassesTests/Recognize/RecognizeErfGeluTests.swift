import FerryTestSupport
import Passes
import Testing

@Suite struct RecognizeErfGeluTests {
  @Test func recognisesTheUsualForm() throws {
    try expectRewrite(
      RecognizeErfGelu(),
      """
        graph main(%v: f32[N,8]) -> (%z) {
          %x = Tanh(%v)
          %k = const f32 1.4142135
          %one = const f32 1.0
          %half = const f32 0.5
          %a = Div(%x, %k)
          %e = Erf(%a)
          %s = Add(%e, %one)
          %p = Mul(%x, %s)
          %y = Mul(%p, %half)
          %z = Neg(%y)
        }
        """,
      becomes: """
        graph main(%v: f32[N,8]) -> (%z) {
          %x = Tanh(%v)
          %y = Gelu(%x)
          %z = Neg(%y)
        }
        """)
  }

  @Test func recognisesHalfTakenFirst() throws {
    try expectRewrite(
      RecognizeErfGelu(),
      """
        graph main(%v: f32[N,8]) -> (%z) {
          %x = Tanh(%v)
          %k = const f32 0.70710677
          %one = const f32[1] [1.0]
          %half = const f32 0.5
          %a = Mul(%k, %x)
          %e = Erf(%a)
          %s = Add(%one, %e)
          %h = Mul(%half, %s)
          %y = Mul(%h, %x)
          %z = Neg(%y)
        }
        """,
      becomes: """
        graph main(%v: f32[N,8]) -> (%z) {
          %x = Tanh(%v)
          %y = Gelu(%x)
          %z = Neg(%y)
        }
        """)
  }

  @Test func recognisesTheDistributedForm() throws {
    try expectRewrite(
      RecognizeErfGelu(),
      """
        graph main(%v: f32[N,8]) -> (%z) {
          %x = Tanh(%v)
          %k = const f32 1.4142135
          %half = const f32 0.5
          %a = Div(%x, %k)
          %e = Erf(%a)
          %q = Mul(%e, %half)
          %s = Add(%q, %half)
          %y = Mul(%x, %s)
          %z = Neg(%y)
        }
        """,
      becomes: """
        graph main(%v: f32[N,8]) -> (%z) {
          %x = Tanh(%v)
          %y = Gelu(%x)
          %z = Neg(%y)
        }
        """)
  }

  @Test func leavesAnotherScale() throws {
    try expectUnchanged(
      RecognizeErfGelu(),
      """
        graph main(%v: f32[N,8]) -> (%y) {
          %x = Tanh(%v)
          %k = const f32 1.5
          %one = const f32 1.0
          %half = const f32 0.5
          %a = Div(%x, %k)
          %e = Erf(%a)
          %s = Add(%e, %one)
          %p = Mul(%x, %s)
          %y = Mul(%p, %half)
        }
        """,
      because: "the argument of Erf is not x/√2")
  }

  @Test func leavesAnotherFactor() throws {
    try expectUnchanged(
      RecognizeErfGelu(),
      """
        graph main(%v: f32[N,8]) -> (%z) {
          %x = Tanh(%v)
          %k = const f32 1.4142135
          %one = const f32 1.0
          %half = const f32 0.25
          %a = Div(%x, %k)
          %e = Erf(%a)
          %s = Add(%e, %one)
          %p = Mul(%x, %s)
          %y = Mul(%p, %half)
          %z = Neg(%y)
        }
        """,
      because: "what follows is another function")
  }

  @Test func leavesAnotherValueThatIsGated() throws {
    try expectUnchanged(
      RecognizeErfGelu(),
      """
        graph main(%v: f32[N,8], %w: f32[N,8]) -> (%z) {
          %x = Tanh(%v)
          %k = const f32 1.4142135
          %one = const f32 1.0
          %half = const f32 0.5
          %a = Div(%x, %k)
          %e = Erf(%a)
          %s = Add(%e, %one)
          %p = Mul(%w, %s)
          %y = Mul(%p, %half)
          %z = Neg(%y)
        }
        """,
      because: "what follows is another function")
  }

  @Test func leavesAnErrorFunctionThatIsUsedTwice() throws {
    try expectUnchanged(
      RecognizeErfGelu(),
      """
        graph main(%v: f32[N,8]) -> (%y, %e) {
          %x = Tanh(%v)
          %k = const f32 1.4142135
          %one = const f32 1.0
          %half = const f32 0.5
          %a = Div(%x, %k)
          %e = Erf(%a)
          %s = Add(%e, %one)
          %p = Mul(%x, %s)
          %y = Mul(%p, %half)
        }
        """,
      because: "the value has other uses")
  }

  @Test func leavesAConstantThatBroadcasts() throws {
    try expectUnchanged(
      RecognizeErfGelu(),
      """
        graph main(%v: f32[1,8]) -> (%z) {
          %x = Tanh(%v)
          %k = const f32 1.4142135
          %one = const f32 1.0
          %half = const f32[3,1] splat(0.5)
          %a = Div(%x, %k)
          %e = Erf(%a)
          %s = Add(%e, %one)
          %p = Mul(%x, %s)
          %y = Mul(%p, %half)
          %z = Neg(%y)
        }
        """,
      because: "the shape changes")
  }

  @Test func needsTheOperator() throws {
    try expectUnchanged(
      RecognizeErfGelu(), opset: 19,
      """
        graph main(%v: f32[N,8]) -> (%y) {
          %x = Tanh(%v)
          %k = const f32 1.4142135
          %one = const f32 1.0
          %half = const f32 0.5
          %a = Div(%x, %k)
          %e = Erf(%a)
          %s = Add(%e, %one)
          %p = Mul(%x, %s)
          %y = Mul(%p, %half)
        }
        """,
      because: "the operator set does not have the operator")
  }

  @Test func recognisesAHalfThatBothTermsShare() throws {
    try expectRewrite(
      RecognizeErfGelu(),
      """
        graph main(%x: f32[N,4]) -> (%z) {
          %h = const f32 0.5
          %r = const f32 0.70710677
          %a = Mul(%x, %r)
          %e = Erf(%a)
          %p = Mul(%x, %h)
          %q = Mul(%p, %e)
          %y = Add(%p, %q)
          %z = Neg(%y)
        }
        """,
      becomes: """
        graph main(%x: f32[N,4]) -> (%z) {
          %y = Gelu(%x)
          %z = Neg(%y)
        }
        """)
  }
}
