import Diagnostics
import GraphIR
import Operators
import Rewriting
import Tensors

/// Folds inference-time batch normalisation into the matrix product that feeds it. Exact up to rounding.
///
///     %m = MatMul(%a, B)                              →   %y = Gemm(%a, B·s, β - μ·s)
///     %y = BatchNormalization(%m, γ, β, μ, σ²)            where s = γ/√(σ² + ε), along B's columns
///
/// Both operands are matrices: with more axes, columns are not channels.
package struct FoldBatchNormIntoMatMul: RewriteRule {
  package static let rounds = true
  package init() {}

  package func rewrite(_ bn: Matched<BatchNormalization>, _ edit: inout Edit) throws(NoMatch) {
    let product = try bn[.x].soleProducer(MatMul.self)
    let a = try product[.a]
    let weight = try product[.b].constant()
    try require(weight.isFoldable, "the element type of the weight")
    try require(try a.rank() == 2 && weight.rank == 2, "the operands are not matrices")
    let affine = try ChannelAffine(bn, channels: weight.shape[1], &edit)
    let scaled = try edit.computing { () throws(ModelError) in try weight.scaled(by: affine.scale.along(axis: 1, rank: 2)) }
    let shift = try affine.bias(after: nil, weight.element, &edit)
    let b = try edit.constant(scaled, insteadOf: product[.b])
    edit.replace(bn.result, with: edit.emit(Gemm(), a.id, b, edit.constant(shift)))
  }
}
