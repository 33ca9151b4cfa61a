import Diagnostics
import GraphIR
import Operators
import Rewriting
import Tensors

/// Folds a product with one number per channel into the convolution that it feeds. Exact up to rounding.
///
///     %p = Mul(%x, k: f32[1,C,1,1])
///     %y = Conv(%p, W, b?)            →   %y = Conv(%x, W·k, b)     k along the weight's input channels
///
/// and `Div(%x, k)` likewise with 1/k. Padding adds zeros, which a product leaves alone. The product may be shifted by one
/// number for all channels, `x·k + s`, which is `(x + s/k)·k`: then the scale goes, and the shift stays before the convolution.
package struct FoldScaleIntoNextConv: RewriteRule {
  package static let rounds = true
  package init() {}

  package func rewrite(_ conv: Matched<Conv>, _ edit: inout Edit) throws(NoMatch) {
    let weight = try conv.foldableWeights().weight
    let groups = conv.op.group
    try require(groups > 0 && weight.shape[0] % groups == 0, "the weight does not fit the groups")
    let operand = try conv[.x]
    let (product, shift) = try unshifted(operand)
    let (x, factor) = try scale(product, weight, groups, &edit)
    let scaled = try edit.computing { () throws(ModelError) in
      let kernel = Array(weight.shape.dropFirst(2))
      let byGroup = try weight.reshaped(to: [groups, weight.shape[0] / groups, weight.shape[1]] + kernel)
      let factors = try factor.reshaped(to: [groups, 1, weight.shape[1]] + kernel.map { _ in 1 })
      return try byGroup.scaled(by: factors).reshaped(to: weight.shape)
    }
    var operands: [ValueID?] = [x.id, try edit.constant(scaled, insteadOf: conv[.weight])]
    if let shift {
      let number = try product.anyProducer().uniformScale()
      try require(number != 0, "the scale is 0")
      operands[0] = edit.emit(Add(), x.id, try edit.scalar(shift / number, weight.element))
    }
    if let bias = conv.ifPresent(.bias) { operands.append(bias.id) }
    edit.replace(conv.result, with: edit.emit(conv.op, operands: operands)[0])
  }

  /// `p` and `s` of `p + s`, or the value itself.
  private func unshifted(_ value: MatchedValue) throws(NoMatch) -> (product: MatchedValue, shift: Double?) {
    try value.requireSoleUse()
    let node = try value.anyProducer()
    guard node.op is Add || node.op is Sub else { return (value, nil) }
    let (a, b) = try (node.operand(0), node.operand(1))
    let isSwapped = node.op is Add && a.isConstant
    let number = try (isSwapped ? a : b).number()
    let product = isSwapped ? b : a
    try product.requireSoleUse()
    _ = try product.anyProducer().uniformScale()
    return (product, node.op is Sub ? -number : number)
  }

  /// `x` and `k` of `x·k`, `k` as one double per channel.
  private func scale(
    _ value: MatchedValue, _ weight: Tensor, _ groups: Int, _ edit: inout Edit
  ) throws(NoMatch) -> (MatchedValue, Tensor) {
    let node = try value.anyProducer()
    try require(node.op is Mul || node.op is Div, "the operand is not a product")
    try require(!value.isErfGelu, "the operand is a Gaussian error unit")
    let (a, b) = try (node.operand(0), node.operand(1))
    let isSwapped = node.op is Mul && a.isConstant
    let x = isSwapped ? b : a
    try x.requireSameShape(as: value)
    let channels = weight.shape[1] * groups
    let vector = try channelVector(isSwapped ? a : b, rank: weight.rank, channels: channels, &edit)
    return (x, try vector.asScale(isInverse: node.op is Div, &edit))
  }
}

extension MatchedNode {
  /// The number by which a product or quotient with a constant scales.
  func uniformScale() throws(NoMatch) -> Double {
    try require(op is Mul || op is Div, "the operand is not a product")
    if op is Mul { return try constantLast().constant.number() }
    let divisor = try operand(1).number()
    try require(divisor != 0, "a division by 0")
    return 1 / divisor
  }
}
