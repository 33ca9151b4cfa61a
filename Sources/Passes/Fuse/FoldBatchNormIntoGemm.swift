import Diagnostics
import GraphIR
import Operators
import Rewriting
import Tensors

/// Folds inference-time batch normalisation into the matrix product that feeds it. Exact up to rounding.
///
///     %g = Gemm(%a, B, C?) {alpha, beta}              →   %y = Gemm(%a, B·s, (beta·C - μ)·s + β) {alpha, beta: 1}
///     %y = BatchNormalization(%g, γ, β, μ, σ²)            where s = γ/√(σ² + ε), along the result's columns
///
/// With `transB`, the columns are B's rows. C is one number or one per column; one per row would make s vary by row too.
package struct FoldBatchNormIntoGemm: RewriteRule {
  package static let rounds = true
  package init() {}

  package func rewrite(_ bn: Matched<BatchNormalization>, _ edit: inout Edit) throws(NoMatch) {
    let gemm = try bn[.x].soleProducer(Gemm.self)
    let weight = try gemm[.b].constant()
    try require(weight.isFoldable, "the element type of the weight")
    try require(weight.rank == 2, "the weight is not a matrix")
    let columns = gemm.op.transB ? 0 : 1
    let channels = weight.shape[columns]
    let bias = try bias(of: gemm, channels: channels, &edit)
    let affine = try ChannelAffine(bn, channels: channels, &edit)
    let scaled = try edit.computing { () throws(ModelError) in
      try weight.scaled(by: affine.scale.along(axis: columns, rank: 2))
    }
    let shifted = try affine.bias(after: bias, weight.element, &edit)
    var op = gemm.op
    op.beta = 1
    let (a, b) = try (gemm[.a].id, edit.constant(scaled, insteadOf: gemm[.b]))
    edit.replace(bn.result, with: edit.emit(op, a, b, edit.constant(shifted)))
  }

  /// `beta·C` as a vector of one double per column.
  private func bias(of gemm: Matched<Gemm>, channels: Int, _ edit: inout Edit) throws(NoMatch) -> Tensor? {
    guard let bias = try gemm.ifPresent(.c)?.constant() else { return nil }
    try require(bias.isFoldable, "the element type of the bias")
    try require(bias.count == 1 || bias.count == channels && bias.shape.last == channels, "the bias varies by row")
    let beta = Double(gemm.op.beta)
    return try edit.computing { () throws(ModelError) in
      let vector = try bias.reshaped(to: [bias.count]).cast(to: .float64)
      return try vector * .splat(beta, .float64, count: channels)
    }
  }
}
