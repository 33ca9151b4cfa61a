import FerryTestSupport
import Passes
import Testing

@Suite struct FoldScaleIntoNextConvTests {
  @Test func foldsAFactorPerChannel() throws {
    try expectRewrite(
      FoldScaleIntoNextConv(),
      """
        graph main(%x: f32[N,4,5,5]) -> (%y) {
          %k = const f32[4,1,1] random(3)
          %w = const f32[6,2,3,3] random(1)
          %b = const f32[6] random(2)
          %p = Mul(%x, %k)
          %y = Conv(%p, %w, %b) {group: 2, pads: [1, 1, 1, 1]}
        }
        """,
      becomes: """
        graph main(%x: f32[N,4,5,5]) -> (%y) {
          %w = const f32[6,2,3,3] splat(nan)
          %b = const f32[6] random(2)
          %y = Conv(%x, %w, %b) {group: 2, pads: [1, 1, 1, 1]}
        }
        """)
  }

  @Test func foldsADivisor() throws {
    try expectRewrite(
      FoldScaleIntoNextConv(),
      """
        graph main(%x: f32[N,4,5,5]) -> (%y) {
          %k = const f32 16.0
          %w = const f32[6,4,3,3] random(1)
          %p = Div(%x, %k)
          %y = Conv(%p, %w)
        }
        """,
      becomes: """
        graph main(%x: f32[N,4,5,5]) -> (%y) {
          %w = const f32[6,4,3,3] splat(nan)
          %y = Conv(%x, %w)
        }
        """)
  }

  @Test func foldsAScaleUnderAShift() throws {
    try expectRewrite(
      FoldScaleIntoNextConv(),
      """
        graph main(%x: f32[N,1,5,5]) -> (%y) {
          %k = const f32 16.0
          %s = const f32 0.25
          %w = const f32[6,1,3,3] random(1)
          %p = Div(%x, %k)
          %q = Sub(%p, %s)
          %y = Conv(%q, %w) {pads: [1, 1, 1, 1]}
        }
        """,
      becomes: """
        graph main(%x: f32[N,1,5,5]) -> (%y) {
          %s = const f32 -4.0
          %q = Add(%x, %s)
          %w = const f32[6,1,3,3] splat(nan)
          %y = Conv(%q, %w) {pads: [1, 1, 1, 1]}
        }
        """)
  }

  @Test func leavesAFactorThatVariesByColumn() throws {
    try expectUnchanged(
      FoldScaleIntoNextConv(),
      """
        graph main(%x: f32[N,4,5,5]) -> (%y) {
          %k = const f32[5] random(3)
          %w = const f32[6,4,3,3] random(1)
          %p = Mul(%x, %k)
          %y = Conv(%p, %w)
        }
        """,
      because: "the constant does not vary by channel alone")
  }

  @Test func leavesAFactorThatBroadcasts() throws {
    try expectUnchanged(
      FoldScaleIntoNextConv(),
      """
        graph main(%x: f32[N,1,5,5]) -> (%y) {
          %k = const f32[4,1,1] random(3)
          %w = const f32[6,4,3,3] random(1)
          %p = Mul(%x, %k)
          %y = Conv(%p, %w)
        }
        """,
      because: "the shape changes")
  }

  @Test func leavesAProductThatIsUsedElsewhere() throws {
    try expectUnchanged(
      FoldScaleIntoNextConv(),
      """
        graph main(%x: f32[N,4,5,5]) -> (%y, %p) {
          %k = const f32 2.0
          %w = const f32[6,4,3,3] random(1)
          %p = Mul(%x, %k)
          %y = Conv(%p, %w)
        }
        """,
      because: "the value has other uses")
  }

  @Test func leavesAWeightThatIsAnInput() throws {
    try expectUnchanged(
      FoldScaleIntoNextConv(),
      """
        graph main(%x: f32[N,4,5,5], %w: f32[6,4,3,3]) -> (%y) {
          %k = const f32 2.0
          %p = Mul(%x, %k)
          %y = Conv(%p, %w)
        }
        """,
      because: "not a constant")
  }

  @Test func leavesADividend() throws {
    try expectUnchanged(
      FoldScaleIntoNextConv(),
      """
        graph main(%x: f32[N,4,5,5]) -> (%y) {
          %k = const f32 2.0
          %w = const f32[6,4,3,3] random(1)
          %p = Div(%k, %x)
          %y = Conv(%p, %w)
        }
        """,
      because: "the shape changes")
  }

  @Test func leavesAnotherOperator() throws {
    try expectUnchanged(
      FoldScaleIntoNextConv(),
      """
        graph main(%x: f32[N,4,5,5]) -> (%y) {
          %w = const f32[6,4,3,3] random(1)
          %p = Abs(%x)
          %y = Conv(%p, %w)
        }
        """,
      because: "the operand is not a product")
  }

  @Test func leavesAGaussianErrorUnit() throws {
    try expectUnchanged(
      FoldScaleIntoNextConv(), opset: 17,
      """
        graph main(%x: f32[N,2,5,5]) -> (%z) {
          %w = const f32[4,2,3,3] random(1)
          %k = const f32 1.4142135
          %one = const f32 1.0
          %half = const f32 0.5
          %a = Div(%x, %k)
          %e = Erf(%a)
          %s = Add(%e, %one)
          %p = Mul(%x, %s)
          %y = Mul(%p, %half)
          %z = Conv(%y, %w)
        }
        """,
      because: "the operand is a Gaussian error unit")
  }

  @Test func leavesLargeWeightsThatAreUsedElsewhere() throws {
    try expectUnchanged(
      FoldScaleIntoNextConv(),
      """
        graph main(%x: f32[N,4,5,5]) -> (%y, %other) {
          %k = const f32[4,1,1] random(3)
          %w = const f32[6,2,3,3] random(1)
          %b = const f32[6] random(2)
          %p = Mul(%x, %k)
          %y = Conv(%p, %w, %b) {group: 2, pads: [1, 1, 1, 1]}
          %other = Neg(%w)
        }
        """,
      because: "the constant has other uses, and a changed copy is large")
  }

  @Test func leavesADivisionByZero() throws {
    try expectUnchanged(
      FoldScaleIntoNextConv(),
      """
        graph main(%x: f32[1,2,4,4]) -> (%y) {
          %w = const f32[2,2,1,1] random(1)
          %k = const f32[2,1,1] [0.0, 2.0]
          %d = Div(%x, %k)
          %y = Conv(%d, %w)
        }
        """,
      because: "a scale is not a finite number")
  }
}
