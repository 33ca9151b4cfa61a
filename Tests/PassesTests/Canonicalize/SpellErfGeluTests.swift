import FerryTestSupport
import Passes
import Testing

@Suite struct SpellErfGeluTests {
  @Test func dividesByTheRoot() throws {
    try expectRewrite(
      SpellErfGelu(), opset: 17,
      """
        graph main(%x: f32[N,4]) -> (%z) {
          %k = const f32 0.70710677
          %one = const f32 1.0
          %half = const f32 0.5
          %a = Mul(%x, %k)
          %e = Erf(%a)
          %s = Add(%e, %one)
          %p = Mul(%x, %s)
          %y = Mul(%p, %half)
          %z = Neg(%y)
        }
        """,
      becomes: """
        graph main(%x: f32[N,4]) -> (%z) {
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
        """)
  }

  @Test func multipliesByAHalfLast() throws {
    try expectRewrite(
      SpellErfGelu(), opset: 17,
      """
        graph main(%x: f32[N,4]) -> (%z) {
          %k = const f32 1.4142135
          %one = const f32 1.0
          %half = const f32 0.5
          %a = Div(%x, %k)
          %e = Erf(%a)
          %s = Add(%one, %e)
          %h = Mul(%half, %s)
          %y = Mul(%x, %h)
          %z = Neg(%y)
        }
        """,
      becomes: """
        graph main(%x: f32[N,4]) -> (%z) {
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
        """)
  }

  @Test func leavesWhatIsWrittenSo() throws {
    try expectUnchanged(
      SpellErfGelu(), opset: 17,
      """
        graph main(%x: f32[N,4]) -> (%z) {
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
      because: "it is written so already")
  }

  @Test func leavesAHalfMultipliedFirst() throws {
    try expectUnchanged(
      SpellErfGelu(), opset: 17,
      """
        graph main(%x: f32[N,4]) -> (%z) {
          %k = const f32 1.4142135
          %one = const f32 1.0
          %half = const f32 0.5
          %a = Div(%x, %k)
          %e = Erf(%a)
          %s = Add(%e, %one)
          %h = Mul(%x, %half)
          %y = Mul(%h, %s)
          %z = Neg(%y)
        }
        """,
      because: "it is written so already")
  }

  @Test func leavesOperatorSetsWithGelu() throws {
    try expectUnchanged(
      SpellErfGelu(), opset: 20,
      """
        graph main(%x: f32[N,4]) -> (%z) {
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
      because: "the operator set has Gelu")
  }

  @Test func leavesAnotherScale() throws {
    try expectUnchanged(
      SpellErfGelu(), opset: 17,
      """
        graph main(%x: f32[N,4]) -> (%z) {
          %k = const f32 1.4
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
      because: "the argument of Erf is not x/√2")
  }

  @Test func leavesAnotherFunction() throws {
    try expectUnchanged(
      SpellErfGelu(), opset: 17,
      """
        graph main(%x: f32[N,4]) -> (%z) {
          %k = const f32 1.4142135
          %one = const f32 1.0
          %half = const f32 0.5
          %a = Div(%x, %k)
          %e = Erf(%a)
          %s = Sub(%one, %e)
          %p = Mul(%x, %s)
          %y = Mul(%p, %half)
          %z = Neg(%y)
        }
        """,
      because: "what follows is another function")
  }
}
