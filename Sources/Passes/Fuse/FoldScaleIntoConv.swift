import Diagnostics
import GraphIR
import Operators
import Rewriting
import Tensors

/// Folds a product with one number per channel into the convolution that feeds it. Exact up to rounding.
///
///     %c = Conv(%x, W, b?)
///     %y = Mul(%c, k: f32[1,C,1,1])   →   %y = Conv(%x, W·k, b·k)
///
/// and `Div(%c, k)` likewise with 1/k. The constant is a scalar or varies along the channel axis alone.
package struct FoldScaleIntoConv: NodeRule {
  package static let rounds = true
  package init() {}

  package var roots: RuleRoots { .operators([Mul.self, Div.self]) }

  package func rewrite(_ root: MatchedNode, _ edit: inout Edit) throws(NoMatch) {
    let (a, b) = try (root.operand(0), root.operand(1))
    let isSwapped = root.op is Mul && a.isConstant
    let conv = try (isSwapped ? b : a).soleProducer(Conv.self)
    let (weight, bias) = try conv.foldableWeights()
    let channels = weight.shape[0]
    let vector = try channelVector(isSwapped ? a : b, rank: weight.rank, channels: channels, &edit)
    let isQuotient = root.op is Div
    let factor = try edit.computing { () throws(ModelError) in
      isQuotient ? try .splat(1, .float64, count: channels) / vector : vector
    }
    let affine = try ChannelAffine(scale: factor, channels: channels, &edit)
    let scaled = try edit.computing { () throws(ModelError) in
      try weight.scaled(by: factor.along(axis: 0, rank: weight.rank))
    }
    var operands: [ValueID?] = [try conv[.x].id, edit.constant(scaled)]
    if bias != nil { operands.append(edit.constant(try affine.bias(after: bias, weight.element, &edit))) }
    edit.replace(root.result, with: edit.emit(conv.op, operands: operands)[0])
  }
}
