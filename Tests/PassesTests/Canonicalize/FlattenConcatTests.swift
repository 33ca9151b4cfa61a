import FerryTestSupport
import Passes
import Testing

@Suite struct FlattenConcatTests {
  @Test func flattensAnInnerOneAlongTheSameAxis() throws {
    try expectRewrite(
      FlattenConcat(),
      """
        graph main(%a: f32[N,2], %b: f32[N,3], %d: f32[N,4]) -> (%y) {
          %c = Concat(%a, %b) {axis: 1}
          %y = Concat(%c, %d) {axis: -1}
        }
        """,
      becomes: """
        graph main(%a: f32[N,2], %b: f32[N,3], %d: f32[N,4]) -> (%y) {
          %y = Concat(%a, %b, %d) {axis: -1}
        }
        """)
  }

  @Test func staysAlongAnotherAxis() throws {
    try expectUnchanged(
      FlattenConcat(),
      """
        graph main(%a: f32[2,3], %b: f32[2,3], %d: f32[4,4]) -> (%y) {
          %c = Concat(%a, %b) {axis: 0}
          %e = Concat(%d, %d) {axis: 1}
          %f = Neg(%e)
          %y = Concat(%c, %c) {axis: 1}
        }
        """,
      because: "no operand is a concatenation")
  }

  @Test func staysWhereTheInnerOneIsShared() throws {
    try expectUnchanged(
      FlattenConcat(),
      """
        graph main(%a: f32[2,3], %b: f32[2,3]) -> (%y, %z) {
          %c = Concat(%a, %b) {axis: 1}
          %y = Concat(%c, %a) {axis: 1}
          %z = Neg(%c)
        }
        """,
      because: "no operand is a concatenation")
  }

  @Test func staysWhereTheInnerOneIsAnOutput() throws {
    try expectUnchanged(
      FlattenConcat(),
      """
        graph main(%a: f32[2,3], %b: f32[2,3]) -> (%y, %c) {
          %c = Concat(%a, %b) {axis: 1}
          %y = Concat(%c, %a) {axis: 1}
        }
        """,
      because: "no operand is a concatenation")
  }
}
