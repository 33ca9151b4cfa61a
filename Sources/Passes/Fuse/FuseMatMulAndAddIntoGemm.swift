import GraphIR
import Operators
import Rewriting

/// Makes one operator of a product of matrices and the bias added to it. Exact up to rounding.
///
///     %m = MatMul(%a: f32[M,K], %b: f32[K,N])
///     %y = Add(%m, k: f32[N])                   →   %y = Gemm(%a, %b, k)
///
/// The bias is a constant of one or N elements along the columns, so that the sum has the product's shape.
package struct FuseMatMulAndAddIntoGemm: RewriteRule {
  package static let rounds = true
  package init() {}

  package func rewrite(_ sum: Matched<Add>, _ edit: inout Edit) throws(NoMatch) {
    let (first, second) = try (sum[.a], sum[.b])
    let (matrix, bias) = first.isConstant ? (second, first) : (first, second)
    let product = try matrix.soleProducer(MatMul.self)
    let (a, b) = try (product[.a], product[.b])
    let ranks = try (a.rank(), b.rank())
    try require(ranks == (2, 2), "the operands are not matrices")
    let tensor = try bias.constant()
    try require(tensor.element == .float32 || tensor.element == .float64 || tensor.element == .float16, "the element type")
    let columns = try b.shape()[1].number
    try require(tensor.rank <= 2 && tensor.count >= 1, "the bias has too many axes")
    try require(tensor.count == 1 || tensor.count == columns && tensor.shape.last == columns, "the bias varies by row")
    edit.replace(sum.result, with: edit.emit(Gemm(), a.id, b.id, bias.id))
  }
}
