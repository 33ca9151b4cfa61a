import Diagnostics
import GraphIR
import Operators
import Rewriting
import Tensors

/// Folds inference-time batch normalisation into the transposed convolution that feeds it. Exact up to rounding.
///
///     %c = ConvTranspose(%x, W, b?)                   →   %y = ConvTranspose(%x, W·s, β + (b - μ)·s)
///     %y = BatchNormalization(%c, γ, β, μ, σ²)            where s = γ/√(σ² + ε)
///
/// The weight is `[C, M/groups, kernel…]`: its rows belong to one group after the other, and output channel
/// `g·M/groups + j` is column `j` of group `g`. So seen as `[groups, C/groups, M/groups, …]`, s is `[groups, 1, M/groups, …]`.
package struct FoldBatchNormIntoConvTranspose: RewriteRule {
  package static let rounds = true
  package init() {}

  package func rewrite(_ bn: Matched<BatchNormalization>, _ edit: inout Edit) throws(NoMatch) {
    let conv = try bn[.x].soleProducer(ConvTranspose.self)
    let (weight, bias, channels) = try conv.foldableWeights()
    let groups = conv.op.group
    let affine = try ChannelAffine(bn, channels: channels, &edit)
    let scaled = try edit.computing { () throws(ModelError) in
      let kernel = Array(weight.shape.dropFirst(2))
      let byGroup = try weight.reshaped(to: [groups, weight.shape[0] / groups, weight.shape[1]] + kernel)
      let factors = try affine.scale.reshaped(to: [groups, 1, weight.shape[1]] + kernel.map { _ in 1 })
      return try byGroup.scaled(by: factors).reshaped(to: weight.shape)
    }
    let shifted = try affine.bias(after: bias, weight.element, &edit)
    let x = try conv[.x].id
    edit.replace(bn.result, with: edit.emit(conv.op, x, edit.constant(scaled), edit.constant(shifted)))
  }
}
