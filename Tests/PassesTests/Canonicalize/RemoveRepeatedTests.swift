import FerryTestSupport
import Passes
import Testing

@Suite struct RemoveRepeatedTests {
  @Test func removesTheSecondRelu() throws {
    try expectRewrite(
      RemoveRepeated(),
      """
        graph main(%x: f32[N]) -> (%z) {
          %a = Relu(%x)
          %y = Relu(%a)
          %z = Neg(%y)
        }
        """,
      becomes: """
        graph main(%x: f32[N]) -> (%z) {
          %a = Relu(%x)
          %z = Neg(%a)
        }
        """)
  }

  @Test func removesTheSecondClipWithTheSameBounds() throws {
    try expectRewrite(
      RemoveRepeated(),
      """
        graph main(%x: f32[N]) -> (%z) {
          %l = const f32 0.0
          %h = const f32 0.5
          %a = Clip(%x, %l, %h)
          %y = Clip(%a, %l, %h)
          %z = Neg(%y)
        }
        """,
      becomes: """
        graph main(%x: f32[N]) -> (%z) {
          %l = const f32 0.0
          %h = const f32 0.5
          %a = Clip(%x, %l, %h)
          %z = Neg(%a)
        }
        """)
  }

  @Test func keepsClipsWithOtherBounds() throws {
    try expectUnchanged(
      RemoveRepeated(),
      """
        graph main(%x: f32[N]) -> (%y) {
          %l = const f32 0.0
          %h = const f32 0.5
          %a = Clip(%x, %l, %h)
          %y = Clip(%a, %h, %l)
        }
        """,
      because: "the bounds differ")
  }

  @Test func keepsAnotherFunction() throws {
    try expectUnchanged(
      RemoveRepeated(),
      """
        graph main(%x: f32[N]) -> (%y) {
          %a = Abs(%x)
          %y = Relu(%a)
        }
        """,
      because: "the operand is the result of another operator")
  }

  @Test func keepsAFunctionThatIsNotIdempotent() throws {
    try expectUnchanged(
      RemoveRepeated(),
      """
        graph main(%x: f32[N]) -> (%y) {
          %a = Neg(%x)
          %b = Neg(%a)
          %y = Relu(%b)
        }
        """,
      because: "the operand is the result of another operator")
  }
}
