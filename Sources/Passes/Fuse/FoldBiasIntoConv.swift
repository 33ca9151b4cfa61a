import GraphIR
import Operators
import Rewriting

/// Folds a sum with one number per channel into the convolution that feeds it. Exact up to rounding.
///
///     %c = Conv(%x, W, b?)
///     %y = Add(%c, k: f32[1,C,1,1])   →   %y = Conv(%x, W, b + k)
///
/// and `Sub(%c, k)` likewise with -k, `Sub(k, %c)` with -W and k - b. The constant is a scalar or varies along the channel axis alone.
package struct FoldBiasIntoConv: NodeRule {
  package static let rounds = true
  package init() {}

  package var roots: RuleRoots { .operators([Add.self, Sub.self]) }

  package func rewrite(_ root: MatchedNode, _ edit: inout Edit) throws(NoMatch) {
    try ConvolutionLayer.absorb(root, transposed: false, &edit)
  }
}
