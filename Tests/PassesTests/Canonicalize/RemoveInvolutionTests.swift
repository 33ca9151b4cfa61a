import FerryTestSupport
import Passes
import Testing

@Suite struct RemoveInvolutionTests {
  @Test func removesTwoNegations() throws {
    try expectRewrite(
      RemoveInvolution(),
      """
        graph main(%x: f32[N,4]) -> (%z) {
          %a = Neg(%x)
          %y = Neg(%a)
          %z = Tanh(%y)
        }
        """,
      becomes: """
        graph main(%x: f32[N,4]) -> (%z) {
          %z = Tanh(%x)
        }
        """)
  }

  @Test func removesTwoInversions() throws {
    try expectRewrite(
      RemoveInvolution(),
      """
        graph main(%x: bool[N,4]) -> (%z) {
          %a = Not(%x)
          %y = Not(%a)
          %z = Cast(%y) {to: f32}
        }
        """,
      becomes: """
        graph main(%x: bool[N,4]) -> (%z) {
          %z = Cast(%x) {to: f32}
        }
        """)
  }

  @Test func leavesAnotherFunctionBetween() throws {
    try expectUnchanged(
      RemoveInvolution(),
      """
        graph main(%x: f32[N,4]) -> (%z) {
          %a = Abs(%x)
          %y = Neg(%a)
          %z = Tanh(%y)
        }
        """,
      because: "the operand is the result of another operator")
  }

  @Test func leavesANegatedInput() throws {
    try expectUnchanged(
      RemoveInvolution(),
      """
        graph main(%x: f32[N,4]) -> (%z) {
          %y = Neg(%x)
          %z = Tanh(%y)
        }
        """,
      because: "not the result of a node")
  }
}
