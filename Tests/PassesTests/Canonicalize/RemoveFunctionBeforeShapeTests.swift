import FerryTestSupport
import Passes
import Testing

@Suite struct RemoveFunctionBeforeShapeTests {
  @Test func takesTheShapeOfTheOperand() throws {
    try expectRewrite(
      RemoveFunctionBeforeShape(),
      """
        graph main(%x: f32[N,4], %v: f32[1,4]) -> (%z) {
          %c = Cast(%x) {to: i64}
          %s = Shape(%c)
          %z = Expand(%v, %s)
        }
        """,
      becomes: """
        graph main(%x: f32[N,4], %v: f32[1,4]) -> (%z) {
          %s = Shape(%x)
          %z = Expand(%v, %s)
        }
        """)
  }

  @Test func takesTheSizeOfTheOperand() throws {
    try expectRewrite(
      RemoveFunctionBeforeShape(),
      """
        graph main(%x: f32[N,4]) -> (%s) {
          %c = Relu(%x)
          %s = Size(%c)
        }
        """,
      becomes: """
        graph main(%x: f32[N,4]) -> (%s) {
          %s = Size(%x)
        }
        """)
  }

  @Test func leavesAResultWithOtherUses() throws {
    try expectUnchanged(
      RemoveFunctionBeforeShape(),
      """
        graph main(%x: f32[N,4], %v: f32[1,4]) -> (%z, %c) {
          %c = Cast(%x) {to: i64}
          %s = Shape(%c)
          %z = Expand(%v, %s)
        }
        """,
      because: "the value has other uses")
  }

  @Test func leavesAResultOfAnotherShape() throws {
    try expectUnchanged(
      RemoveFunctionBeforeShape(),
      """
        graph main(%x: f32[N,4]) -> (%s) {
          %c = Transpose(%x) {perm: [1, 0]}
          %s = Shape(%c)
        }
        """,
      because: "no operand has the result's shape")
  }
}
