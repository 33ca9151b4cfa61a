import FerryTestSupport
import Passes
import Testing

@Suite struct FoldScaleIntoNextMatMulTests {
  @Test func foldsAFactorPerColumn() throws {
    try expectRewrite(
      FoldScaleIntoNextMatMul(),
      """
        graph main(%x: f32[N,5,4]) -> (%y) {
          %k = const f32[4] random(3)
          %w = const f32[4,6] random(1)
          %p = Mul(%k, %x)
          %y = MatMul(%p, %w)
        }
        """,
      becomes: """
        graph main(%x: f32[N,5,4]) -> (%y) {
          %w = const f32[4,6] splat(nan)
          %y = MatMul(%x, %w)
        }
        """)
  }

  @Test func foldsADivisorIntoATransposedWeight() throws {
    try expectRewrite(
      FoldScaleIntoNextMatMul(),
      """
        graph main(%x: f32[N,4]) -> (%y) {
          %k = const f32 4.0
          %w = const f32[6,4] random(1)
          %b = const f32[6] random(2)
          %p = Div(%x, %k)
          %y = Gemm(%p, %w, %b) {transB: 1}
        }
        """,
      becomes: """
        graph main(%x: f32[N,4]) -> (%y) {
          %w = const f32[6,4] splat(nan)
          %b = const f32[6] random(2)
          %y = Gemm(%x, %w, %b) {transB: 1}
        }
        """)
  }

  @Test func leavesAFactorPerRow() throws {
    try expectUnchanged(
      FoldScaleIntoNextMatMul(),
      """
        graph main(%x: f32[4,4]) -> (%y) {
          %k = const f32[4,1] random(3)
          %w = const f32[4,6] random(1)
          %p = Mul(%k, %x)
          %y = MatMul(%p, %w)
        }
        """,
      because: "the constant does not vary by column alone")
  }

  @Test func leavesATransposedOperand() throws {
    try expectUnchanged(
      FoldScaleIntoNextMatMul(),
      """
        graph main(%x: f32[4,N]) -> (%y) {
          %k = const f32 2.0
          %w = const f32[4,6] random(1)
          %p = Mul(%x, %k)
          %y = Gemm(%p, %w) {transA: 1}
        }
        """,
      because: "the other operand is transposed")
  }

  @Test func leavesAWeightThatIsAnInput() throws {
    try expectUnchanged(
      FoldScaleIntoNextMatMul(),
      """
        graph main(%x: f32[N,4], %w: f32[4,6]) -> (%y) {
          %k = const f32 2.0
          %p = Mul(%x, %k)
          %y = MatMul(%p, %w)
        }
        """,
      because: "not a constant")
  }

  @Test func leavesABatchOfWeights() throws {
    try expectUnchanged(
      FoldScaleIntoNextMatMul(),
      """
        graph main(%x: f32[2,3,4]) -> (%y) {
          %k = const f32 2.0
          %w = const f32[2,4,6] random(1)
          %p = Mul(%x, %k)
          %y = MatMul(%p, %w)
        }
        """,
      because: "the weight is not a matrix")
  }

  @Test func leavesAProductThatIsUsedElsewhere() throws {
    try expectUnchanged(
      FoldScaleIntoNextMatMul(),
      """
        graph main(%x: f32[N,4]) -> (%y, %p) {
          %k = const f32 2.0
          %w = const f32[4,6] random(1)
          %p = Mul(%x, %k)
          %y = MatMul(%p, %w)
        }
        """,
      because: "the value has other uses")
  }

  @Test func leavesAFactorThatBroadcasts() throws {
    try expectUnchanged(
      FoldScaleIntoNextMatMul(),
      """
        graph main(%x: f32[5,1]) -> (%y) {
          %k = const f32[4] random(3)
          %w = const f32[4,6] random(1)
          %p = Mul(%x, %k)
          %y = MatMul(%p, %w)
        }
        """,
      because: "the shape changes")
  }

  @Test func leavesTheScaleOfANormalisation() throws {
    try expectUnchanged(
      FoldScaleIntoNextMatMul(),
      """
        graph main(%x: f32[N,4], %v: f32[N,1]) -> (%y) {
          %k = const f32[4] random(3)
          %w = const f32[4,6] random(1)
          %a = Abs(%v)
          %s = Sqrt(%a)
          %n = Div(%x, %s)
          %p = Mul(%n, %k)
          %y = MatMul(%p, %w)
        }
        """,
      because: "the operand belongs to a normalisation")
  }

  @Test func leavesTheHalfOfAGaussianErrorUnit() throws {
    try expectUnchanged(
      FoldScaleIntoNextMatMul(),
      """
        graph main(%x: f32[N,4]) -> (%y) {
          %one = const f32 1.0
          %half = const f32 0.5
          %w = const f32[4,6] random(1)
          %e = Erf(%x)
          %s = Add(%e, %one)
          %g = Mul(%x, %s)
          %p = Mul(%g, %half)
          %y = MatMul(%p, %w)
        }
        """,
      because: "the operand belongs to a Gaussian error unit")
  }

  @Test func leavesLargeWeightsThatAreUsedElsewhere() throws {
    try expectUnchanged(
      FoldScaleIntoNextMatMul(),
      """
        graph main(%x: f32[N,5,4]) -> (%y, %other) {
          %k = const f32[4] random(3)
          %w = const f32[4,6] random(1)
          %p = Mul(%k, %x)
          %y = MatMul(%p, %w)
          %other = Neg(%w)
        }
        """,
      because: "the constant has other uses, and a changed copy is large")
  }

  @Test func leavesADivisionByZero() throws {
    try expectUnchanged(
      FoldScaleIntoNextMatMul(),
      """
        graph main(%x: f32[3,2]) -> (%y) {
          %w = const f32[2,2] random(1)
          %k = const f32[2] [0.0, 2.0]
          %d = Div(%x, %k)
          %y = MatMul(%d, %w)
        }
        """,
      because: "a scale is not a finite number")
  }
}
