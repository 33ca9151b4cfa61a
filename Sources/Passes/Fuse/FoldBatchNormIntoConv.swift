import Diagnostics
import GraphIR
import Operators
import Rewriting
import Tensors

/// Folds inference-time batch normalisation into the convolution that feeds it. Exact up to rounding.
///
///     %c = Conv(%x, W, b?)                            →   %y = Conv(%x, W·s, β + (b - μ)·s)
///     %y = BatchNormalization(%c, γ, β, μ, σ²)            where s = γ/√(σ² + ε), along the weight's first axis
package struct FoldBatchNormIntoConv: RewriteRule {
  package static let rounds = true
  package init() {}

  package func rewrite(_ bn: Matched<BatchNormalization>, _ edit: inout Edit) throws(NoMatch) {
    let conv = try bn[.x].soleProducer(Conv.self)
    let (weight, bias) = try conv.foldableWeights()
    let affine = try ChannelAffine(bn, channels: weight.shape[0], &edit)
    let scaled = try edit.computing { () throws(ModelError) in
      try weight.scaled(by: affine.scale.along(axis: 0, rank: weight.rank))
    }
    let shifted = try affine.bias(after: bias, weight.element, &edit)
    let x = try conv[.x].id
    edit.replace(bn.result, with: edit.emit(conv.op, x, edit.constant(scaled), edit.constant(shifted)))
  }
}
