import GraphIR
import Operators
import Rewriting

/// Makes one operator of a product of matrices and the bias added to it. Exact up to rounding.
///
///     %m = MatMul(%a: f32[M,K], %b: f32[K,N])
///     %y = Add(%m, k: f32[N])                   →   %y = Gemm(%a, %b, k)
///
/// The bias has one or N elements along the columns, so that the sum has the product's shape.
package struct FuseMatMulAndAddIntoGemm: RewriteRule {
  package static let rounds = true
  package init() {}

  package func rewrite(_ sum: Matched<Add>, _ edit: inout Edit) throws(NoMatch) {
    let (first, second) = try (sum[.a], sum[.b])
    let (matrix, bias) = isBias(first) ? (second, first) : (first, second)
    let product = try matrix.soleProducer(MatMul.self)
    let (a, b) = try (product[.a], product[.b])
    let ranks = try (a.rank(), b.rank())
    try require(ranks == (2, 2), "the operands are not matrices")
    try bias.requireCommonFloat()
    let (columns, sizes) = try (b.shape()[1], bias.shape())
    try require(sizes.count <= 2, "the bias has too many axes")
    try require(sizes.dropLast().allSatisfy { $0 == 1 } && (sizes.last.map { $0 == 1 || $0 == columns && $0 != .unknown } ?? true), "the bias varies by row")
    edit.replace(sum.result, with: edit.emit(Gemm(), a.id, b.id, bias.id))
  }

  /// A constant, or a row that is computed.
  private func isBias(_ value: MatchedValue) -> Bool {
    value.isConstant || value.type?.shape.map { $0.dropLast().allSatisfy { $0 == 1 } } ?? false
  }
}
