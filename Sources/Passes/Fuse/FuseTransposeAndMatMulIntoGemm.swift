import GraphIR
import Operators
import Rewriting

/// Lets a product of matrices transpose its operands itself. Exact up to rounding.
///
///     %t = Transpose(%a: f32[K,M]) {perm: [1, 0]}
///     %y = MatMul(%t, %b: f32[K,N])                 →   %y = Gemm(%a, %b) {transA: 1}
///
/// for matrices alone, of which at least one is transposed for this use only.
package struct FuseTransposeAndMatMulIntoGemm: RewriteRule {
  package static let rounds = true
  package init() {}

  package func rewrite(_ product: Matched<MatMul>, _ edit: inout Edit) throws(NoMatch) {
    let (a, b) = try (product[.a], product[.b])
    try a.requireCommonFloat()
    let ranks = try (a.rank(), b.rank())
    try require(ranks == (2, 2), "the operands are not matrices")
    let (left, right) = (transposed(a), transposed(b))
    try require(left != nil || right != nil, "no operand is transposed for this use only")
    var op = Gemm()
    (op.transA, op.transB) = (left != nil, right != nil)
    try edit.replace(product.result, withSameShape: edit.emit(op, left ?? a.id, right ?? b.id))
  }

  private func transposed(_ value: MatchedValue) -> ValueID? {
    guard let transpose = try? value.soleProducer(Transpose.self), (try? transpose.permutation()) == [1, 0] else { return nil }
    return try? transpose[.x].id
  }
}
