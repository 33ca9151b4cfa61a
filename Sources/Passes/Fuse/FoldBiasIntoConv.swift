import Diagnostics
import GraphIR
import Operators
import Rewriting
import Tensors

/// Folds a sum with one number per channel into the convolution that feeds it. Exact up to rounding.
///
///     %c = Conv(%x, W, b?)
///     %y = Add(%c, k: f32[1,C,1,1])   →   %y = Conv(%x, W, b + k)
///
/// and `Sub(%c, k)` likewise with -k. The constant is a scalar or varies along the channel axis alone.
package struct FoldBiasIntoConv: NodeRule {
  package static let rounds = true
  package init() {}

  package var roots: RuleRoots { .operators([Add.self, Sub.self]) }

  package func rewrite(_ root: MatchedNode, _ edit: inout Edit) throws(NoMatch) {
    let (a, b) = try (root.operand(0), root.operand(1))
    let isSwapped = root.op is Add && a.isConstant
    let conv = try (isSwapped ? b : a).soleProducer(Conv.self)
    let (weight, bias) = try conv.foldableWeights()
    let vector = try channelVector(isSwapped ? a : b, rank: weight.rank, channels: weight.shape[0], &edit)
    let isDifference = root.op is Sub
    let shifted = try edit.computing { () throws(ModelError) in
      let zeros = try Tensor.splat(0, .float64, count: weight.shape[0])
      let old = try (bias ?? zeros).cast(to: .float64)
      return try (isDifference ? old - vector : old + vector).cast(to: weight.element)
    }
    let (x, w) = try (conv[.x].id, conv[.weight].id)
    edit.replace(root.result, with: edit.emit(conv.op, x, w, edit.constant(shifted)))
  }
}
