import FerryTestSupport
import Passes
import Testing

@Suite struct SimplifyVariadicTests {
  @Test func saysASumOfTwoAsAdd() throws {
    try expectRewrite(
      SimplifyVariadic(),
      """
        graph main(%a: f32[N,4], %b: f32[N,4]) -> (%z) {
          %y = Sum(%a, %b)
          %z = Neg(%y)
        }
        """,
      becomes: """
        graph main(%a: f32[N,4], %b: f32[N,4]) -> (%z) {
          %y = Add(%a, %b)
          %z = Neg(%y)
        }
        """)
  }

  @Test func dropsAMaximumOfOne() throws {
    try expectRewrite(
      SimplifyVariadic(),
      """
        graph main(%a: f32[N,4]) -> (%z) {
          %y = Max(%a)
          %z = Neg(%y)
        }
        """,
      becomes: """
        graph main(%a: f32[N,4]) -> (%z) {
          %z = Neg(%a)
        }
        """)
  }

  @Test func leavesASumOfThree() throws {
    try expectUnchanged(
      SimplifyVariadic(),
      """
        graph main(%a: f32[N,4], %b: f32[N,4]) -> (%z) {
          %y = Sum(%a, %b, %a)
          %z = Neg(%y)
        }
        """,
      because: "several operands are combined")
  }

  @Test func leavesAMaximumOfTwo() throws {
    try expectUnchanged(
      SimplifyVariadic(),
      """
        graph main(%a: f32[N,4], %b: f32[N,4]) -> (%z) {
          %y = Max(%a, %b)
          %z = Neg(%y)
        }
        """,
      because: "several operands are combined")
  }
}
