import FerryTestSupport
import Passes
import Testing

@Suite struct FoldShiftIntoNextMatMulTests {
  @Test func foldsAShiftIntoTheBias() throws {
    try expectRewrite(
      FoldShiftIntoNextMatMul(),
      """
        graph main(%x: f32[N,5,4]) -> (%y) {
          %k = const f32[4] random(3)
          %w = const f32[4,6] random(1)
          %b = const f32[6] random(2)
          %p = Add(%x, %k)
          %m = MatMul(%p, %w)
          %y = Add(%b, %m)
        }
        """,
      becomes: """
        graph main(%x: f32[N,5,4]) -> (%y) {
          %w = const f32[4,6] random(1)
          %m = MatMul(%x, %w)
          %b = const f32[6] splat(nan)
          %y = Add(%m, %b)
        }
        """)
  }

  @Test func leavesAProductWithoutBias() throws {
    try expectUnchanged(
      FoldShiftIntoNextMatMul(),
      """
        graph main(%x: f32[N,4], %v: f32[N,6]) -> (%y) {
          %k = const f32[4] random(3)
          %w = const f32[4,6] random(1)
          %p = Add(%x, %k)
          %m = MatMul(%p, %w)
          %y = Add(%m, %v)
        }
        """,
      because: "not one operand is a constant")
  }

  @Test func leavesABiasPerRow() throws {
    try expectUnchanged(
      FoldShiftIntoNextMatMul(),
      """
        graph main(%x: f32[5,4]) -> (%y) {
          %k = const f32[4] random(3)
          %w = const f32[4,6] random(1)
          %b = const f32[5,1] random(2)
          %p = Add(%x, %k)
          %m = MatMul(%p, %w)
          %y = Add(%m, %b)
        }
        """,
      because: "the bias does not vary by column")
  }

  @Test func leavesAProductThatIsUsedElsewhere() throws {
    try expectUnchanged(
      FoldShiftIntoNextMatMul(),
      """
        graph main(%x: f32[N,4]) -> (%y, %m) {
          %k = const f32[4] random(3)
          %w = const f32[4,6] random(1)
          %b = const f32[6] random(2)
          %p = Add(%x, %k)
          %m = MatMul(%p, %w)
          %y = Add(%m, %b)
        }
        """,
      because: "the value has other uses")
  }

  @Test func leavesTheShiftOfANormalisation() throws {
    try expectUnchanged(
      FoldShiftIntoNextMatMul(),
      """
        graph main(%x: f32[N,4], %v: f32[N,1]) -> (%y) {
          %g = const f32[4] random(4)
          %k = const f32[4] random(3)
          %w = const f32[4,6] random(1)
          %b = const f32[6] random(2)
          %a = Abs(%v)
          %s = Sqrt(%a)
          %n = Div(%x, %s)
          %q = Mul(%n, %g)
          %p = Add(%q, %k)
          %m = MatMul(%p, %w)
          %y = Add(%m, %b)
        }
        """,
      because: "the operand belongs to a normalisation")
  }
}
