import GraphIR
import Operators
import Rewriting

/// Folds a sum with one number per channel into the transposed convolution that feeds it. Exact up to rounding.
///
///     %c = ConvTranspose(%x, W, b?)
///     %y = Add(%c, k: f32[1,M,1,1])   →   %y = ConvTranspose(%x, W, b + k)
///
/// and `Sub(%c, k)` likewise with -k, `Sub(k, %c)` with -W and k - b. The constant is a scalar or varies along the channel axis alone. Exporters write the
/// bias that way, and a normalisation after it can then be folded too.
package struct FoldBiasIntoConvTranspose: NodeRule {
  package static let rounds = true
  package init() {}

  package var roots: RuleRoots { .operators([Add.self, Sub.self]) }

  package func rewrite(_ root: MatchedNode, _ edit: inout Edit) throws(NoMatch) {
    try ConvolutionLayer.absorb(root, transposed: true, &edit)
  }
}
