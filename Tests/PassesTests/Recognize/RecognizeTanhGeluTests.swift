import FerryTestSupport
import Passes
import Testing

@Suite struct RecognizeTanhGeluTests {
  @Test func recognisesProducts() throws {
    try expectRewrite(
      RecognizeTanhGelu(),
      """
        graph main(%v: f32[N,8]) -> (%z) {
          %x = Tanh(%v)
          %c = const f32 0.044715
          %k = const f32 0.7978846
          %one = const f32 1.0
          %half = const f32 0.5
          %a = Mul(%c, %x)
          %b = Mul(%x, %a)
          %d = Mul(%x, %b)
          %s = Add(%x, %d)
          %q = Mul(%k, %s)
          %t = Tanh(%q)
          %u = Add(%one, %t)
          %h = Mul(%half, %u)
          %y = Mul(%x, %h)
          %z = Neg(%y)
        }
        """,
      becomes: """
        graph main(%v: f32[N,8]) -> (%z) {
          %x = Tanh(%v)
          %y = Gelu(%x) {approximate: "tanh"}
          %z = Neg(%y)
        }
        """)
  }

  @Test func recognisesAPower() throws {
    try expectRewrite(
      RecognizeTanhGelu(),
      """
        graph main(%v: f32[N,8]) -> (%z) {
          %x = Tanh(%v)
          %three = const f32 3.0
          %c = const f32 0.044715
          %k = const f32 0.7978846
          %one = const f32 1.0
          %half = const f32 0.5
          %p = Pow(%x, %three)
          %d = Mul(%p, %c)
          %s = Add(%x, %d)
          %q = Mul(%s, %k)
          %t = Tanh(%q)
          %u = Add(%t, %one)
          %h = Mul(%x, %u)
          %y = Mul(%h, %half)
          %z = Neg(%y)
        }
        """,
      becomes: """
        graph main(%v: f32[N,8]) -> (%z) {
          %x = Tanh(%v)
          %y = Gelu(%x) {approximate: "tanh"}
          %z = Neg(%y)
        }
        """)
  }

  @Test func leavesAnotherPolynomial() throws {
    try expectUnchanged(
      RecognizeTanhGelu(),
      """
        graph main(%v: f32[N,8]) -> (%z) {
          %x = Tanh(%v)
          %three = const f32 3.0
          %c = const f32 0.05
          %k = const f32 0.7978846
          %one = const f32 1.0
          %half = const f32 0.5
          %p = Pow(%x, %three)
          %d = Mul(%p, %c)
          %s = Add(%x, %d)
          %q = Mul(%s, %k)
          %t = Tanh(%q)
          %u = Add(%t, %one)
          %h = Mul(%x, %u)
          %y = Mul(%h, %half)
          %z = Neg(%y)
        }
        """,
      because: "the argument of Tanh is another polynomial")
  }

  @Test func leavesAPlainGate() throws {
    try expectUnchanged(
      RecognizeTanhGelu(),
      """
        graph main(%v: f32[N,8]) -> (%z) {
          %x = Abs(%v)
          %one = const f32 1.0
          %t = Tanh(%x)
          %u = Add(%t, %one)
          %z = Mul(%x, %u)
        }
        """,
      because: "the argument of Tanh is another polynomial")
  }

  @Test func needsTheOperator() throws {
    try expectUnchanged(
      RecognizeTanhGelu(), opset: 19,
      """
        graph main(%v: f32[N,8]) -> (%z) {
          %z = Tanh(%v)
        }
        """,
      because: "the operator set does not have the operator")
  }
}
