import FerryTestSupport
import Passes
import Testing

@Suite struct FuseTransposeAndMatMulIntoGemmTests {
  @Test func transposesTheFirst() throws {
    try expectRewrite(
      FuseTransposeAndMatMulIntoGemm(),
      """
        graph main(%a: f32[K,M], %b: f32[K,3]) -> (%z) {
          %t = Transpose(%a) {perm: [1, 0]}
          %y = MatMul(%t, %b)
          %z = Neg(%y)
        }
        """,
      becomes: """
        graph main(%a: f32[K,M], %b: f32[K,3]) -> (%z) {
          %y = Gemm(%a, %b) {transA: 1}
          %z = Neg(%y)
        }
        """)
  }

  @Test func transposesTheSecond() throws {
    try expectRewrite(
      FuseTransposeAndMatMulIntoGemm(),
      """
        graph main(%a: f32[M,3], %b: f32[5,3]) -> (%z) {
          %t = Transpose(%b) {perm: [1, 0]}
          %y = MatMul(%a, %t)
          %z = Neg(%y)
        }
        """,
      becomes: """
        graph main(%a: f32[M,3], %b: f32[5,3]) -> (%z) {
          %y = Gemm(%a, %b) {transB: 1}
          %z = Neg(%y)
        }
        """)
  }

  @Test func leavesATransposeWithOtherUses() throws {
    try expectUnchanged(
      FuseTransposeAndMatMulIntoGemm(),
      """
        graph main(%a: f32[K,M], %b: f32[K,3]) -> (%z, %t) {
          %t = Transpose(%a) {perm: [1, 0]}
          %y = MatMul(%t, %b)
          %z = Neg(%y)
        }
        """,
      because: "no operand is transposed for this use only")
  }

  @Test func leavesBatches() throws {
    try expectUnchanged(
      FuseTransposeAndMatMulIntoGemm(),
      """
        graph main(%a: f32[N,4,5], %b: f32[4,3]) -> (%z) {
          %t = Transpose(%a) {perm: [0, 2, 1]}
          %y = MatMul(%t, %b)
          %z = Neg(%y)
        }
        """,
      because: "the operands are not matrices")
  }
}
