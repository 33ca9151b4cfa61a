import FerryTestSupport
import Passes
import Testing

@Suite struct DecomposeEinsumTests {
  @Test func multipliesMatrices() throws {
    try expectRewrite(
      DecomposeEinsum(),
      """
        graph main(%a: f32[N,2,3], %b: f32[N,3,4]) -> (%z) {
          %y = Einsum(%a, %b) {equation: "bij, bjk -> bik"}
          %z = Neg(%y)
        }
        """,
      becomes: """
        graph main(%a: f32[N,2,3], %b: f32[N,3,4]) -> (%z) {
          %y = MatMul(%a, %b)
          %z = Neg(%y)
        }
        """)
  }

  @Test func multipliesMatricesTheOtherWayRound() throws {
    try expectRewrite(
      DecomposeEinsum(),
      """
        graph main(%b: f32[N,3,4], %a: f32[N,2,3]) -> (%z) {
          %y = Einsum(%b, %a) {equation: "bjk,bij->bik"}
          %z = Neg(%y)
        }
        """,
      becomes: """
        graph main(%b: f32[N,3,4], %a: f32[N,2,3]) -> (%z) {
          %y = MatMul(%a, %b)
          %z = Neg(%y)
        }
        """)
  }

  @Test func transposesAMatrix() throws {
    try expectRewrite(
      DecomposeEinsum(),
      """
        graph main(%a: f32[N,3], %b: f32[4,3]) -> (%z) {
          %y = Einsum(%a, %b) {equation: "ij,kj->ik"}
          %z = Neg(%y)
        }
        """,
      becomes: """
        graph main(%a: f32[N,3], %b: f32[4,3]) -> (%z) {
          %y = Gemm(%a, %b) {transB: 1}
          %z = Neg(%y)
        }
        """)
  }

  @Test func transposesAConstant() throws {
    try expectRewrite(
      DecomposeEinsum(),
      """
        graph main(%a: f32[2,5,3]) -> (%z) {
          %b = const f32[2,4,3] random(1)
          %y = Einsum(%a, %b) {equation: "bij,bkj->bik"}
          %z = Neg(%y)
        }
        """,
      becomes: """
        graph main(%a: f32[2,5,3]) -> (%z) {
          %b = const f32[2,4,3] random(1)
          %t = Transpose(%b) {perm: [0, 2, 1]}
          %y = MatMul(%a, %t)
          %z = Neg(%y)
        }
        """)
  }

  @Test func joinsATransposition() throws {
    try expectRewrite(
      DecomposeEinsum(),
      """
        graph main(%a: f32[N,2,3], %k: f32[N,4,3]) -> (%z) {
          %b = Transpose(%k) {perm: [1, 0, 2]}
          %y = Einsum(%a, %b) {equation: "bij,kbj->bik"}
          %z = Neg(%y)
        }
        """,
      becomes: """
        graph main(%a: f32[N,2,3], %k: f32[N,4,3]) -> (%z) {
          %t = Transpose(%k) {perm: [0, 2, 1]}
          %y = MatMul(%a, %t)
          %z = Neg(%y)
        }
        """)
  }

  @Test func movesAxes() throws {
    try expectRewrite(
      DecomposeEinsum(),
      """
        graph main(%a: f32[N,2,3]) -> (%z) {
          %y = Einsum(%a) {equation: "bij->jbi"}
          %z = Neg(%y)
        }
        """,
      becomes: """
        graph main(%a: f32[N,2,3]) -> (%z) {
          %y = Transpose(%a) {perm: [2, 0, 1]}
          %z = Neg(%y)
        }
        """)
  }

  @Test func sumsAxes() throws {
    try expectRewrite(
      DecomposeEinsum(),
      """
        graph main(%a: f32[N,2,3]) -> (%z) {
          %y = Einsum(%a) {equation: "bij->i"}
          %z = Neg(%y)
        }
        """,
      becomes: """
        graph main(%a: f32[N,2,3]) -> (%z) {
          %axes = const i64[2] [0, 2]
          %y = ReduceSum(%a, %axes) {keepdims: 0}
          %z = Neg(%y)
        }
        """)
  }

  @Test func leavesADiagonal() throws {
    try expectUnchanged(
      DecomposeEinsum(),
      """
        graph main(%a: f32[N,3,3]) -> (%z) {
          %y = Einsum(%a) {equation: "bii->bi"}
          %z = Neg(%y)
        }
        """,
      because: "a letter comes twice in a term")
  }

  @Test func leavesAnEllipsis() throws {
    try expectUnchanged(
      DecomposeEinsum(),
      """
        graph main(%a: f32[N,3,3]) -> (%z) {
          %y = Einsum(%a) {equation: "...ij->...ji"}
          %z = Neg(%y)
        }
        """,
      because: "the equation is abridged")
  }

  @Test func leavesAnImplicitResult() throws {
    try expectUnchanged(
      DecomposeEinsum(),
      """
        graph main(%a: f32[N,3], %b: f32[3,2]) -> (%z) {
          %y = Einsum(%a, %b) {equation: "ij,jk"}
          %z = Neg(%y)
        }
        """,
      because: "the equation is abridged")
  }

  @Test func leavesASumThatIsTransposed() throws {
    try expectUnchanged(
      DecomposeEinsum(),
      """
        graph main(%a: f32[N,2,3]) -> (%z) {
          %y = Einsum(%a) {equation: "bij->jb"}
          %z = Neg(%y)
        }
        """,
      because: "the sum is transposed")
  }

  @Test func leavesThreeFactors() throws {
    try expectUnchanged(
      DecomposeEinsum(),
      """
        graph main(%a: f32[N,3], %b: f32[3,2], %c: f32[2,4]) -> (%z) {
          %y = Einsum(%a, %b, %c) {equation: "ij,jk,kl->il"}
          %z = Neg(%y)
        }
        """,
      because: "there are more than two factors")
  }

  @Test func leavesAnOuterProduct() throws {
    try expectUnchanged(
      DecomposeEinsum(),
      """
        graph main(%a: f32[N], %b: f32[3]) -> (%z) {
          %y = Einsum(%a, %b) {equation: "i,j->ij"}
          %z = Neg(%y)
        }
        """,
      because: "not a product of matrices")
  }

  @Test func leavesWhatTakesAFurtherNode() throws {
    try expectUnchanged(
      DecomposeEinsum(),
      """
        graph main(%a: f32[N,2,3], %b: f32[N,4,3]) -> (%z) {
          %y = Einsum(%a, %b) {equation: "bij,bkj->bik"}
          %z = Neg(%y)
        }
        """,
      because: "not the result of a node")
  }

  @Test func leavesATransposedResult() throws {
    try expectUnchanged(
      DecomposeEinsum(),
      """
        graph main(%a: f32[N,2,3], %b: f32[N,3,4]) -> (%z) {
          %y = Einsum(%a, %b) {equation: "bij,bjk->ibk"}
          %z = Neg(%y)
        }
        """,
      because: "the result is transposed")
  }

  @Test func leavesAFactorThatIsBroadcast() throws {
    try expectUnchanged(
      DecomposeEinsum(),
      """
        graph main(%a: f32[N,2,3], %b: f32[1,3,4]) -> (%z) {
          %y = Einsum(%a, %b) {equation: "bij,bjk->bik"}
          %z = Neg(%y)
        }
        """,
      because: "a letter means two sizes")
  }

  @Test func leavesIntegers() throws {
    try expectUnchanged(
      DecomposeEinsum(),
      """
        graph main(%a: i64[2,3]) -> (%y) {
          %y = Einsum(%a) {equation: "ij->ji"}
        }
        """,
      because: "the element type")
  }
}
