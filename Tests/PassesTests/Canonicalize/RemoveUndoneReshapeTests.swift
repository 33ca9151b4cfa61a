import FerryTestSupport
import Passes
import Testing

@Suite struct RemoveUndoneReshapeTests {
  @Test func goesBackPastOtherUses() throws {
    try expectRewrite(
      RemoveUndoneReshape(),
      """
        graph main(%x: f32[1,N,4]) -> (%y, %u) {
          %ax = const i64[1] [0]
          %s = Squeeze(%x, %ax)
          %w = Unsqueeze(%s, %ax)
          %y = Neg(%w)
          %u = Relu(%s)
        }
        """,
      becomes: """
        graph main(%x: f32[1,N,4]) -> (%y, %u) {
          %ax = const i64[1] [0]
          %s = Squeeze(%x, %ax)
          %y = Neg(%x)
          %u = Relu(%s)
        }
        """)
  }

  @Test func leavesAnotherShape() throws {
    try expectUnchanged(
      RemoveUndoneReshape(),
      """
        graph main(%x: f32[1,N,4]) -> (%y, %u) {
          %ax = const i64[1] [0]
          %one = const i64[1] [1]
          %s = Squeeze(%x, %ax)
          %w = Unsqueeze(%s, %one)
          %y = Neg(%w)
          %u = Relu(%s)
        }
        """,
      because: "the shape changes")
  }

  @Test func leavesArithmeticInBetween() throws {
    try expectUnchanged(
      RemoveUndoneReshape(),
      """
        graph main(%x: f32[1,N,4]) -> (%y) {
          %ax = const i64[1] [0]
          %s = Squeeze(%x, %ax)
          %a = Abs(%s)
          %w = Unsqueeze(%a, %ax)
          %y = Neg(%w)
        }
        """,
      because: "the operand is not a change of shape")
  }
}
