import Diagnostics
import GraphIR
import Operators
import Rewriting
import Tensors

/// Folds a sum with one number per column into the bias behind the matrix product that it feeds. Exact up to rounding.
///
///     %s = Add(%x, k: f32[K])
///     %m = MatMul(%s, W: f32[K,N])
///     %y = Add(%m, c: f32[N])        →   %y = Add(MatMul(%x, W), c + k·W)
///
/// and `Sub(%x, k)` likewise with -k.
package struct FoldShiftIntoNextMatMul: RewriteRule {
  package static let rounds = true
  package init() {}

  package func rewrite(_ sum: Matched<Add>, _ edit: inout Edit) throws(NoMatch) {
    let (matrix, bias) = try sum.node.constantLast()
    let product = try matrix.soleProducer(MatMul.self)
    let rows = try MatrixRows(product.node)
    let (x, vector) = try rows.operand(Add.self, Sub.self, &edit)
    let columns = rows.weight.shape[1]
    let old = try bias.constant()
    try require(old.isFoldable, "the element type of the bias")
    try require(old.count == 1 || old.shape.last == columns, "the bias does not vary by column")
    try matrix.requireSameShape(as: sum.result)
    let isDifference = rows.isInverse
    let shifted = try edit.computing { () throws(ModelError) in
      let (sums, wide) = (try rows.sums(vector), try old.cast(to: .float64))
      return try (isDifference ? wide - sums : wide + sums).cast(to: rows.weight.element)
    }
    let y = edit.emit(Add(), edit.emit(MatMul(), x.id, try product[.b].id), edit.constant(shifted))
    try edit.replace(sum.result, withSameShape: y)
  }
}
