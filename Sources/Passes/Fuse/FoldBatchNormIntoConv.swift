import GraphIR
import Operators
import Rewriting

/// Folds inference-time batch normalisation into the convolution that feeds it. Exact up to rounding.
///
///     %c = Conv(%x, W, b?)                            →   %y = Conv(%x, W·s, β + (b - μ)·s)
///     %y = BatchNormalization(%c, γ, β, μ, σ²)            where s = γ/√(σ² + ε), along the weight's first axis
package struct FoldBatchNormIntoConv: RewriteRule {
  package static let rounds = true
  package init() {}

  package func rewrite(_ bn: Matched<BatchNormalization>, _ edit: inout Edit) throws(NoMatch) {
    try ConvolutionLayer.absorb(bn, transposed: false, &edit)
  }
}
