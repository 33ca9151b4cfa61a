import GraphIR
import Operators
import Rewriting

/// Folds a product with one number per channel into the transposed convolution that feeds it. Exact up to rounding.
///
///     %c = ConvTranspose(%x, W, b?)
///     %y = Mul(%c, k: f32[1,M,1,1])   →   %y = ConvTranspose(%x, W·k, b·k)
///
/// and `Div(%c, k)` likewise with 1/k, `Neg(%c)` with -1. The constant is a scalar or varies along the channel axis alone.
package struct FoldScaleIntoConvTranspose: NodeRule {
  package static let rounds = true
  package init() {}

  package var roots: RuleRoots { .operators([Mul.self, Div.self, Neg.self]) }

  package func rewrite(_ root: MatchedNode, _ edit: inout Edit) throws(NoMatch) {
    try ConvolutionLayer.absorb(root, transposed: true, &edit)
  }
}
