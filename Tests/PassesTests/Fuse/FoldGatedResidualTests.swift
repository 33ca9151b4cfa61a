import FerryTestSupport
import Passes
import Testing

@Suite struct FoldGatedResidualTests {
  @Test func raisesTheGate() throws {
    try expectRewrite(
      FoldGatedResidual(),
      """
        graph main(%x: f32[N,4,H,3], %v: f32[N,2,1,1]) -> (%y) {
          %w = const f32[4,2,1,1] random(1)
          %b = const f32[4] random(2)
          %c = Conv(%v, %w, %b)
          %g = HardSigmoid(%c) {alpha: 0.2}
          %m = Mul(%x, %g)
          %y = Add(%x, %m)
        }
        """,
      becomes: """
        graph main(%x: f32[N,4,H,3], %v: f32[N,2,1,1]) -> (%y) {
          %w = const f32[4,2,1,1] splat(nan)
          %b = const f32[4] splat(nan)
          %one = const f32 1.0
          %two = const f32 2.0
          %c = Conv(%v, %w, %b)
          %g = Clip(%c, %one, %two)
          %y = Mul(%x, %g)
        }
        """)
  }

  @Test func raisesTheGateOfALayerWithoutABias() throws {
    try expectRewrite(
      FoldGatedResidual(),
      """
        graph main(%x: f32[N,4,H,3], %v: f32[N,2,1,1]) -> (%y) {
          %w = const f32[4,2,1,1] random(1)
          %b = const f32[4] random(2)
          %c = Conv(%v, %w)
          %g = HardSigmoid(%c) {alpha: 0.2}
          %m = Mul(%g, %x)
          %y = Add(%m, %x)
        }
        """,
      becomes: """
        graph main(%x: f32[N,4,H,3], %v: f32[N,2,1,1]) -> (%y) {
          %w = const f32[4,2,1,1] splat(nan)
          %b = const f32[4] splat(nan)
          %one = const f32 1.0
          %two = const f32 2.0
          %c = Conv(%v, %w, %b)
          %g = Clip(%c, %one, %two)
          %y = Mul(%x, %g)
        }
        """)
  }

  @Test func leavesTheSumWithAnotherValue() throws {
    try expectUnchanged(
      FoldGatedResidual(),
      """
        graph main(%x: f32[N,4,H,3], %v: f32[N,2,1,1], %o: f32[N,4,H,3]) -> (%y) {
          %w = const f32[4,2,1,1] random(1)
          %b = const f32[4] random(2)
          %c = Conv(%v, %w, %b)
          %g = HardSigmoid(%c) {alpha: 0.2}
          %m = Mul(%x, %g)
          %y = Add(%o, %m)
        }
        """,
      because: "neither operand is the other one times a gate")
  }

  @Test func leavesADifference() throws {
    try expectUnchanged(
      FoldGatedResidual(),
      """
        graph main(%x: f32[N,4,H,3], %v: f32[N,2,1,1]) -> (%y) {
          %w = const f32[4,2,1,1] random(1)
          %b = const f32[4] random(2)
          %c = Conv(%v, %w, %b)
          %g = HardSigmoid(%c) {alpha: 0.2}
          %m = Mul(%x, %g)
          %y = Add(%m, %m)
        }
        """,
      because: "neither operand is the other one times a gate")
  }

  @Test func leavesAnotherGate() throws {
    try expectUnchanged(
      FoldGatedResidual(),
      """
        graph main(%x: f32[N,4,H,3], %v: f32[N,2,1,1]) -> (%y) {
          %w = const f32[4,2,1,1] random(1)
          %b = const f32[4] random(2)
          %c = Conv(%v, %w, %b)
          %g = Sigmoid(%c)
          %m = Mul(%x, %g)
          %y = Add(%x, %m)
        }
        """,
      because: "another operator")
  }

  @Test func leavesAGateWithOtherUses() throws {
    try expectUnchanged(
      FoldGatedResidual(),
      """
        graph main(%x: f32[N,4,H,3], %v: f32[N,2,1,1]) -> (%y, %g) {
          %w = const f32[4,2,1,1] random(1)
          %b = const f32[4] random(2)
          %c = Conv(%v, %w, %b)
          %g = HardSigmoid(%c) {alpha: 0.2}
          %m = Mul(%x, %g)
          %y = Add(%x, %m)
        }
        """,
      because: "the value has other uses")
  }

  @Test func leavesALayerWithOtherUses() throws {
    try expectUnchanged(
      FoldGatedResidual(),
      """
        graph main(%x: f32[N,4,H,3], %v: f32[N,2,1,1]) -> (%y, %c) {
          %w = const f32[4,2,1,1] random(1)
          %b = const f32[4] random(2)
          %c = Conv(%v, %w, %b)
          %g = HardSigmoid(%c) {alpha: 0.2}
          %m = Mul(%x, %g)
          %y = Add(%x, %m)
        }
        """,
      because: "the value has other uses")
  }

  @Test func leavesAProductWithOtherUses() throws {
    try expectUnchanged(
      FoldGatedResidual(),
      """
        graph main(%x: f32[N,4,H,3], %v: f32[N,2,1,1]) -> (%y, %m) {
          %w = const f32[4,2,1,1] random(1)
          %b = const f32[4] random(2)
          %c = Conv(%v, %w, %b)
          %g = HardSigmoid(%c) {alpha: 0.2}
          %m = Mul(%x, %g)
          %y = Add(%x, %m)
        }
        """,
      because: "neither operand is the other one times a gate")
  }

  @Test func leavesLargeWeightsThatAreUsedElsewhere() throws {
    try expectUnchanged(
      FoldGatedResidual(),
      """
        graph main(%x: f32[N,4,H,3], %v: f32[N,20,1,1]) -> (%y, %other) {
          %w = const f32[4,20,1,1] random(1)
          %b = const f32[4] random(2)
          %c = Conv(%v, %w, %b)
          %g = HardSigmoid(%c) {alpha: 0.2}
          %m = Mul(%x, %g)
          %y = Add(%x, %m)
          %other = Neg(%w)
        }
        """,
      because: "the constant has other uses, and a changed copy is large")
  }
}
