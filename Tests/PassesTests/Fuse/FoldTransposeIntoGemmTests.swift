import FerryTestSupport
import Passes
import Testing

@Suite struct FoldTransposeIntoGemmTests {
  @Test func setsBothFlags() throws {
    try expectRewrite(
      FoldTransposeIntoGemm(),
      """
        graph main(%a: f32[4,N], %b: f32[4,6]) -> (%y) {
          %s = Transpose(%a)
          %t = Transpose(%b) {perm: [1, 0]}
          %y = Gemm(%s, %t) {transB: 1}
        }
        """,
      becomes: """
        graph main(%a: f32[4,N], %b: f32[4,6]) -> (%y) {
          %y = Gemm(%a, %b) {transA: 1}
        }
        """)
  }

  @Test func leavesATransposeThatIsUsedElsewhere() throws {
    try expectUnchanged(
      FoldTransposeIntoGemm(),
      """
        graph main(%a: f32[4,N], %b: f32[4,6]) -> (%y, %s) {
          %s = Transpose(%a)
          %y = Gemm(%s, %b)
        }
        """,
      because: "no operand is transposed for this use only")
  }

  @Test func leavesPlainOperands() throws {
    try expectUnchanged(
      FoldTransposeIntoGemm(),
      """
        graph main(%a: f32[N,4], %b: f32[4,6]) -> (%y) {
          %y = Gemm(%a, %b)
        }
        """,
      because: "no operand is transposed for this use only")
  }
}
