import GraphIR
import Operators
import Rewriting

/// Folds inference-time batch normalisation into the transposed convolution that feeds it. Exact up to rounding.
///
///     %c = ConvTranspose(%x, W, b?)                   →   %y = ConvTranspose(%x, W·s, β + (b - μ)·s)
///     %y = BatchNormalization(%c, γ, β, μ, σ²)            where s = γ/√(σ² + ε)
package struct FoldBatchNormIntoConvTranspose: RewriteRule {
  package static let rounds = true
  package init() {}

  package func rewrite(_ bn: Matched<BatchNormalization>, _ edit: inout Edit) throws(NoMatch) {
    try ConvolutionLayer.absorb(bn, transposed: true, &edit)
  }
}
