import FerryTestSupport
import Passes
import Testing

@Suite struct MergeConstantOperandsTests {
  @Test func addsTwoShifts() throws {
    try expectRewrite(
      MergeConstantOperands(),
      """
        graph main(%x: f32[N,5,4]) -> (%z) {
          %a = const f32[4] random(1)
          %b = const f32[5,4] random(2)
          %p = Add(%x, %a)
          %y = Sub(%p, %b)
          %z = Abs(%y)
        }
        """,
      becomes: """
        graph main(%x: f32[N,5,4]) -> (%z) {
          %c = const f32[5,4] splat(nan)
          %y = Add(%x, %c)
          %z = Abs(%y)
        }
        """)
  }

  @Test func multipliesTwoScales() throws {
    try expectRewrite(
      MergeConstantOperands(),
      """
        graph main(%x: f32[N,4]) -> (%z) {
          %a = const f32 6.0
          %b = const f32 3.0
          %p = Div(%x, %a)
          %y = Mul(%b, %p)
          %z = Abs(%y)
        }
        """,
      becomes: """
        graph main(%x: f32[N,4]) -> (%z) {
          %c = const f32 0.5
          %y = Mul(%x, %c)
          %z = Abs(%y)
        }
        """)
  }

  @Test func leavesConstantsThatGrow() throws {
    try expectUnchanged(
      MergeConstantOperands(),
      """
        graph main(%x: f32[5,4]) -> (%z) {
          %a = const f32[4] random(1)
          %b = const f32[5,1] random(2)
          %p = Add(%x, %a)
          %y = Add(%p, %b)
          %z = Abs(%y)
        }
        """,
      because: "the constant would grow")
  }

  @Test func leavesASumOfAProduct() throws {
    try expectUnchanged(
      MergeConstantOperands(),
      """
        graph main(%x: f32[5,4]) -> (%z) {
          %a = const f32 2.0
          %p = Mul(%x, %a)
          %y = Add(%p, %a)
          %z = Abs(%y)
        }
        """,
      because: "the operand is the result of another operator")
  }

  @Test func leavesADividend() throws {
    try expectUnchanged(
      MergeConstantOperands(),
      """
        graph main(%x: f32[5,4]) -> (%z) {
          %a = const f32 2.0
          %p = Mul(%x, %a)
          %y = Div(%a, %p)
          %z = Abs(%y)
        }
        """,
      because: "the constant is divided or subtracted from")
  }

  @Test func leavesIntegers() throws {
    try expectUnchanged(
      MergeConstantOperands(),
      """
        graph main(%x: i64[5,4]) -> (%z) {
          %a = const i64 2
          %p = Add(%x, %a)
          %y = Add(%p, %a)
          %z = Abs(%y)
        }
        """,
      because: "the element type of the constants")
  }

  @Test func leavesAValueThatIsUsedElsewhere() throws {
    try expectUnchanged(
      MergeConstantOperands(),
      """
        graph main(%x: f32[5,4]) -> (%y, %p) {
          %a = const f32 2.0
          %p = Add(%x, %a)
          %y = Add(%p, %a)
        }
        """,
      because: "the value has other uses")
  }

  @Test func leavesAGaussianErrorUnit() throws {
    try expectUnchanged(
      MergeConstantOperands(), opset: 17,
      """
        graph main(%x: f32[N,4]) -> (%z) {
          %k = const f32 1.4142135
          %one = const f32 1.0
          %half = const f32 0.5
          %three = const f32 3.0
          %a = Div(%x, %k)
          %e = Erf(%a)
          %s = Add(%e, %one)
          %p = Mul(%x, %s)
          %y = Mul(%p, %half)
          %z = Mul(%y, %three)
        }
        """,
      because: "the operand is a Gaussian error unit")
  }

  @Test(arguments: [("Mul", "1e30", "1e30"), ("Mul", "1e-30", "1e-30"), ("Div", "1e-30", "1e30"), ("Add", "3e38", "3e38")])
  func leavesWhatTogetherIsOutOfRange(_ op: String, _ first: String, _ second: String) throws {
    try expectUnchanged(
      MergeConstantOperands(),
      """
        graph main(%x: f32[5,4]) -> (%z) {
          %a = const f32 \(first)
          %b = const f32 \(second)
          %p = \(op == "Div" ? "Mul" : op)(%x, %a)
          %y = \(op)(%p, %b)
          %z = Abs(%y)
        }
        """,
      because: "the constants' product or sum is out of range")
  }
}
