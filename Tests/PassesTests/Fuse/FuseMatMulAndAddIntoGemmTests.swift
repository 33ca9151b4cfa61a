import FerryTestSupport
import Passes
import Testing

@Suite struct FuseMatMulAndAddIntoGemmTests {
  @Test func fusesABias() throws {
    try expectRewrite(
      FuseMatMulAndAddIntoGemm(),
      """
        graph main(%x: f32[N,5]) -> (%y) {
          %w = const f32[5,6] random(1)
          %k = const f32[6] random(2)
          %m = MatMul(%x, %w)
          %y = Add(%k, %m)
        }
        """,
      becomes: """
        graph main(%x: f32[N,5]) -> (%y) {
          %w = const f32[5,6] random(1)
          %k = const f32[6] random(2)
          %y = Gemm(%x, %w, %k)
        }
        """)
  }

  @Test func leavesAProductOfHigherRank() throws {
    try expectUnchanged(
      FuseMatMulAndAddIntoGemm(),
      """
        graph main(%x: f32[N,4,5]) -> (%y) {
          %w = const f32[5,6] random(1)
          %k = const f32[6] random(2)
          %m = MatMul(%x, %w)
          %y = Add(%m, %k)
        }
        """,
      because: "the operands are not matrices")
  }

  @Test func leavesABiasByRow() throws {
    try expectUnchanged(
      FuseMatMulAndAddIntoGemm(),
      """
        graph main(%x: f32[4,5]) -> (%y) {
          %w = const f32[5,6] random(1)
          %k = const f32[4,1] random(2)
          %m = MatMul(%x, %w)
          %y = Add(%m, %k)
        }
        """,
      because: "the bias varies by row")
  }

  @Test func leavesABiasThatAddsAnAxis() throws {
    try expectUnchanged(
      FuseMatMulAndAddIntoGemm(),
      """
        graph main(%x: f32[4,5]) -> (%y) {
          %w = const f32[5,6] random(1)
          %k = const f32[1,1,6] random(2)
          %m = MatMul(%x, %w)
          %y = Add(%m, %k)
        }
        """,
      because: "the bias has too many axes")
  }

  @Test func leavesASharedProduct() throws {
    try expectUnchanged(
      FuseMatMulAndAddIntoGemm(),
      """
        graph main(%x: f32[N,5]) -> (%y, %m) {
          %w = const f32[5,6] random(1)
          %k = const f32[6] random(2)
          %m = MatMul(%x, %w)
          %y = Add(%m, %k)
        }
        """,
      because: "the value has other uses")
  }

  @Test func leavesIntegers() throws {
    try expectUnchanged(
      FuseMatMulAndAddIntoGemm(),
      """
        graph main(%x: i32[4,5]) -> (%y) {
          %w = const i32[5,6] random(1)
          %k = const i32[6] random(2)
          %m = MatMul(%x, %w)
          %y = Add(%m, %k)
        }
        """,
      because: "the element type")
  }

  @Test func fusesABiasThatIsComputed() throws {
    try expectRewrite(
      FuseMatMulAndAddIntoGemm(),
      """
        graph main(%x: f32[N,4], %w: f32[4,3], %b: f32[3]) -> (%y) {
          %m = MatMul(%x, %w)
          %y = Add(%b, %m)
        }
        """,
      becomes: """
        graph main(%x: f32[N,4], %w: f32[4,3], %b: f32[3]) -> (%y) {
          %y = Gemm(%x, %w, %b)
        }
        """)
  }

  @Test func leavesASumOfTwoMatrices() throws {
    try expectUnchanged(
      FuseMatMulAndAddIntoGemm(),
      """
        graph main(%x: f32[N,4], %w: f32[4,3], %b: f32[N,3]) -> (%y) {
          %m = MatMul(%x, %w)
          %y = Add(%m, %b)
        }
        """,
      because: "the bias varies by row")
  }
}
