import FerryTestSupport
import Passes
import Testing

@Suite struct FoldScaleIntoMatMulTests {
  @Test func scalesTheColumns() throws {
    try expectRewrite(
      FoldScaleIntoMatMul(),
      """
        graph main(%x: f32[N,5,3]) -> (%y) {
          %w = const f32[3,2] [1, 2, 3, 4, 5, 6]
          %k = const f32[2] [2, 0.5]
          %m = MatMul(%x, %w)
          %y = Mul(%m, %k)
        }
        """,
      becomes: """
        graph main(%x: f32[N,5,3]) -> (%y) {
          %v = const f32[3,2] [2, 1, 6, 2, 10, 3]
          %y = MatMul(%x, %v)
        }
        """)
  }

  @Test func dividesByANumber() throws {
    try expectRewrite(
      FoldScaleIntoMatMul(),
      """
        graph main(%x: f32[N,5,3]) -> (%y) {
          %w = const f32[3,2] [1, 2, 3, 4, 5, 6]
          %k = const f32 2
          %m = MatMul(%x, %w)
          %y = Div(%m, %k)
        }
        """,
      becomes: """
        graph main(%x: f32[N,5,3]) -> (%y) {
          %v = const f32[3,2] [0.5, 1, 1.5, 2, 2.5, 3]
          %y = MatMul(%x, %v)
        }
        """)
  }

  @Test func scalesTheBiasToo() throws {
    try expectRewrite(
      FoldScaleIntoMatMul(),
      """
        graph main(%x: f32[N,5,3]) -> (%y) {
          %w = const f32[3,2] [1, 2, 3, 4, 5, 6]
          %k = const f32[2] [2, 0.5]
          %b = const f32[2] [8, 16]
          %m = MatMul(%x, %w)
          %s = Add(%b, %m)
          %y = Mul(%k, %s)
        }
        """,
      becomes: """
        graph main(%x: f32[N,5,3]) -> (%y) {
          %v = const f32[3,2] [2, 1, 6, 2, 10, 3]
          %c = const f32[2] [16, 8]
          %m = MatMul(%x, %v)
          %y = Add(%m, %c)
        }
        """)
  }

  @Test func scalesWhatGemmAdds() throws {
    try expectRewrite(
      FoldScaleIntoMatMul(),
      """
        graph main(%x: f32[N,3]) -> (%y) {
          %w = const f32[3,2] [1, 2, 3, 4, 5, 6]
          %k = const f32[2] [2, 0.5]
          %b = const f32[2] [8, 16]
          %m = Gemm(%x, %w, %b) {alpha: 3.0, beta: 0.5}
          %y = Mul(%m, %k)
        }
        """,
      becomes: """
        graph main(%x: f32[N,3]) -> (%y) {
          %v = const f32[3,2] [2, 1, 6, 2, 10, 3]
          %c = const f32[2] [8, 4]
          %y = Gemm(%x, %v, %c) {alpha: 3.0}
        }
        """)
  }

  @Test func scalesRowsOfATransposedMatrix() throws {
    try expectRewrite(
      FoldScaleIntoMatMul(),
      """
        graph main(%x: f32[N,3]) -> (%y) {
          %w = const f32[2,3] [1, 2, 3, 4, 5, 6]
          %k = const f32[2] [2, 0.5]
          %m = Gemm(%x, %w) {transB: 1}
          %y = Mul(%m, %k)
        }
        """,
      becomes: """
        graph main(%x: f32[N,3]) -> (%y) {
          %v = const f32[2,3] [2, 4, 6, 2, 2.5, 3]
          %y = Gemm(%x, %v) {transB: 1}
        }
        """)
  }

  @Test func leavesAQuotientOfTheNumber() throws {
    try expectUnchanged(
      FoldScaleIntoMatMul(),
      """
        graph main(%x: f32[N,5,3]) -> (%y) {
          %w = const f32[3,2] [1, 2, 3, 4, 5, 6]
          %k = const f32[2] [2, 0.5]
          %m = MatMul(%x, %w)
          %y = Div(%k, %m)
        }
        """,
      because: "the shape changes")
  }

  @Test func leavesFactorsByRow() throws {
    try expectUnchanged(
      FoldScaleIntoMatMul(),
      """
        graph main(%x: f32[N,5,3]) -> (%y) {
          %w = const f32[3,2] [1, 2, 3, 4, 5, 6]
          %k = const f32[5,1] [1, 2, 3, 4, 5]
          %m = MatMul(%x, %w)
          %y = Mul(%m, %k)
        }
        """,
      because: "a constant does not vary by column alone")
  }

  @Test func leavesAFactorThatMakesTheResultLarger() throws {
    try expectUnchanged(
      FoldScaleIntoMatMul(),
      """
        graph main(%x: f32[N,5,3]) -> (%y) {
          %w = const f32[3,2] [1, 2, 3, 4, 5, 6]
          %k = const f32[1,1,1,2] [2, 0.5]
          %m = MatMul(%x, %w)
          %y = Mul(%m, %k)
        }
        """,
      because: "the shape changes")
  }

  @Test func leavesAComputedMatrix() throws {
    try expectUnchanged(
      FoldScaleIntoMatMul(),
      """
        graph main(%x: f32[N,3], %w: f32[3,2]) -> (%y) {
          %k = const f32 2
          %m = MatMul(%x, %w)
          %y = Mul(%m, %k)
        }
        """,
      because: "not a constant")
  }

  @Test func leavesASharedMatrix() throws {
    try expectUnchanged(
      FoldScaleIntoMatMul(),
      """
        graph main(%x: f32[N,5,3]) -> (%y, %z) {
          %w = const f32[3,2] [1, 2, 3, 4, 5, 6]
          %k = const f32[2] [2, 0.5]
          %m = MatMul(%x, %w)
          %y = Mul(%m, %k)
          %z = MatMul(%x, %w)
        }
        """,
      because: "the weight has other uses")
  }

  @Test func leavesASharedProduct() throws {
    try expectUnchanged(
      FoldScaleIntoMatMul(),
      """
        graph main(%x: f32[N,5,3]) -> (%y, %z) {
          %w = const f32[3,2] [1, 2, 3, 4, 5, 6]
          %k = const f32[2] [2, 0.5]
          %m = MatMul(%x, %w)
          %y = Mul(%m, %k)
          %z = Neg(%m)
        }
        """,
      because: "the value has other uses")
  }

  @Test func leavesSeveralMatrices() throws {
    try expectUnchanged(
      FoldScaleIntoMatMul(),
      """
        graph main(%x: f32[N,5,3]) -> (%y) {
          %w = const f32[1,3,2] splat(2)
          %k = const f32 2
          %m = MatMul(%x, %w)
          %y = Mul(%m, %k)
        }
        """,
      because: "the weight is not a matrix")
  }

  @Test func leavesABiasByRow() throws {
    try expectUnchanged(
      FoldScaleIntoMatMul(),
      """
        graph main(%x: f32[N,5,3]) -> (%y) {
          %w = const f32[3,2] [1, 2, 3, 4, 5, 6]
          %k = const f32[2] [2, 0.5]
          %b = const f32[5,1] [8, 16, 1, 2, 3]
          %m = MatMul(%x, %w)
          %s = Add(%m, %b)
          %y = Mul(%s, %k)
        }
        """,
      because: "a constant does not vary by column alone")
  }

  @Test func leavesOtherSums() throws {
    try expectUnchanged(
      FoldScaleIntoMatMul(),
      """
        graph main(%x: f32[N,5,3]) -> (%y) {
          %w = const f32[3,2] [1, 2, 3, 4, 5, 6]
          %k = const f32 2
          %y = Mul(%x, %k)
        }
        """,
      because: "not the result of a node")
  }

  @Test func foldsANegation() throws {
    try expectRewrite(
      FoldScaleIntoMatMul(),
      """
        graph main(%x: f32[N,5,4]) -> (%y) {
          %w = const f32[4,6] random(1)
          %m = MatMul(%x, %w)
          %y = Neg(%m)
        }
        """,
      becomes: """
        graph main(%x: f32[N,5,4]) -> (%y) {
          %w = const f32[4,6] splat(nan)
          %y = MatMul(%x, %w)
        }
        """)
  }

  @Test func leavesADivisionByZero() throws {
    try expectUnchanged(
      FoldScaleIntoMatMul(),
      """
        graph main(%x: f32[3,2]) -> (%y) {
          %w = const f32[2,2] random(1)
          %k = const f32[2] [0.0, 2.0]
          %c = MatMul(%x, %w)
          %y = Div(%c, %k)
        }
        """,
      because: "a scale is not a finite number")
  }
}
