import Diagnostics
import GraphIR
import Operators
import Rewriting
import Tensors

/// Folds a sum with one number per column into the matrix product that it feeds. Exact up to rounding.
///
///     %s = Add(%x, k: f32[K])
///     %y = Gemm(%s, W, c?)      →   %y = Gemm(%x, W, α·k·W + β·c) {beta: 1}
///
/// and `Sub(%x, k)` likewise with -k. `c` is one number or one per column.
package struct FoldShiftIntoNextGemm: RewriteRule {
  package static let rounds = true
  package init() {}

  package func rewrite(_ gemm: Matched<Gemm>, _ edit: inout Edit) throws(NoMatch) {
    let rows = try MatrixRows(gemm.node)
    let (x, vector) = try rows.operand(Add.self, Sub.self, &edit)
    let columns = rows.weight.shape[1 - rows.axis]
    let bias = try gemm.ifPresent(.c)?.constant()
    if let bias {
      try require(bias.isFoldable, "the element type of the bias")
      try require(bias.count == 1 || bias.count == columns && bias.shape.last == columns, "the bias varies by row")
    }
    let (alpha, beta) = (Double(gemm.op.alpha) * (rows.isInverse ? -1 : 1), Double(gemm.op.beta))
    let shifted = try edit.computing { () throws(ModelError) in
      let sums = try rows.sums(vector) * .splat(alpha, .float64, count: 1)
      guard let bias else { return try sums.cast(to: rows.weight.element) }
      let old = try bias.reshaped(to: [bias.count]).cast(to: .float64) * .splat(beta, .float64, count: columns)
      return try (sums + old).cast(to: rows.weight.element)
    }
    var op = gemm.op
    op.beta = 1
    let w = try gemm[.b].id
    edit.replace(gemm.result, with: edit.emit(op, x.id, w, edit.constant(shifted)))
  }
}

extension MatrixRows {
  /// The vector times the matrix: one double per column.
  func sums(_ vector: Tensor) throws(ModelError) -> Tensor {
    let products = try weight.cast(to: .float64) * vector.along(axis: axis, rank: 2)
    return try products.summed(axes: [axis])
  }
}
