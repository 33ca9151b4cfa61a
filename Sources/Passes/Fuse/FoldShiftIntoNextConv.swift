import Diagnostics
import GraphIR
import Operators
import Rewriting
import Tensors

/// Folds a sum with one number per channel into the convolution without padding that it feeds. Exact up to rounding.
///
///     %s = Add(%x, k: f32[1,C,1,1])
///     %y = Conv(%s, W, b?)            →   %y = Conv(%x, W, b + Σ W·k)     the sum over input channels and the kernel
///
/// and `Sub(%x, k)` likewise with -k. With padding, what is added around would have to be -k instead of zero.
package struct FoldShiftIntoNextConv: RewriteRule {
  package static let rounds = true
  package init() {}

  package func rewrite(_ conv: Matched<Conv>, _ edit: inout Edit) throws(NoMatch) {
    let (weight, bias) = try conv.foldableWeights()
    let (groups, channels) = (conv.op.group, weight.shape[1] * conv.op.group)
    try require(groups > 0 && weight.shape[0] % groups == 0, "the weight does not fit the groups")
    let isPadded = conv.op.autoPad == .sameLower || conv.op.autoPad == .sameUpper || conv.op.pads?.contains { $0 != 0 } ?? false
    try require(!isPadded, "the convolution pads")
    let sum = try conv[.x]
    try sum.requireSoleUse()
    let node = try sum.anyProducer()
    try require(node.op is Add || node.op is Sub, "the operand is not a sum")
    let (a, b) = try (node.operand(0), node.operand(1))
    let isSwapped = node.op is Add && a.isConstant
    let x = isSwapped ? b : a
    try x.requireSameShape(as: sum)
    let vector = try channelVector(isSwapped ? a : b, rank: weight.rank, channels: channels, &edit)
    let isDifference = node.op is Sub
    let shifted = try edit.computing { () throws(ModelError) in
      let (outputs, inputs) = (weight.shape[0] / groups, weight.shape[1])
      let kernel = weight.shape.dropFirst(2).reduce(1, *)
      let byGroup = try weight.cast(to: .float64).reshaped(to: [groups, outputs, inputs, kernel])
      let products = try byGroup * vector.reshaped(to: [groups, 1, inputs, 1])
      let sums = try products.summed(axes: [2, 3]).reshaped(to: [weight.shape[0]])
      let zeros = try Tensor.splat(0, .float64, count: weight.shape[0])
      let old = try (bias ?? zeros).cast(to: .float64)
      return try (isDifference ? old - sums : old + sums).cast(to: weight.element)
    }
    let w = try conv[.weight].id
    edit.replace(conv.result, with: edit.emit(conv.op, x.id, w, edit.constant(shifted)))
  }
}
