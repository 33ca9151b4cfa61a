import Diagnostics
import GraphIR
import Operators
import Rewriting
import Tensors

/// A convolution, or a transposed one, whose constant weights are multiplied and shifted beforehand, channel by channel of its result.
struct ConvolutionLayer {
  private let node: MatchedNode
  private let weight: Tensor
  private let bias: Tensor?
  /// For transposed convolutions.
  private let groups: Int?
  let channels: Int

  /// The layer whose result `value` is, for this use only.
  init(_ value: MatchedValue, transposed: Bool) throws(NoMatch) {
    if transposed {
      let conv = try value.soleProducer(ConvTranspose.self)
      (weight, bias, channels) = try conv.foldableWeights()
      (node, groups) = (conv.node, conv.op.group)
    } else {
      let conv = try value.soleProducer(Conv.self)
      (weight, bias) = try conv.foldableWeights()
      (node, groups, channels) = (conv.node, nil, weight.shape[0])
    }
  }

  /// The layer followed by `affine`, in place of the root's result.
  func replace(_ root: MatchedNode, followedBy affine: ChannelAffine, _ edit: inout Edit) throws(NoMatch) {
    var operands: [ValueID?] = [try node.operand(0).id, try node.operand(1).id]
    if affine.scales {
      let scaled = try edit.computing { () throws(ModelError) in try scaledWeight(affine.scale) }
      operands[1] = try edit.constant(scaled, insteadOf: node.operand(1))
    }
    if affine.shifts || bias != nil { operands.append(edit.constant(try affine.bias(after: bias, weight.element, &edit))) }
    edit.replace(root.result, with: edit.emit(node.op, operands: operands)[0])
  }

  /// A transposed convolution's weight is `[C, M/groups, kernel…]`: its rows belong to one group after the other, and output channel
  /// `g·M/groups + j` is column `j` of group `g`. So seen as `[groups, C/groups, M/groups, …]`, the scale is `[groups, 1, M/groups, …]`.
  private func scaledWeight(_ scale: Tensor) throws(ModelError) -> Tensor {
    guard let groups else { return try weight.scaled(by: scale.along(axis: 0, rank: weight.rank)) }
    let kernel = Array(weight.shape.dropFirst(2))
    let byGroup = try weight.reshaped(to: [groups, weight.shape[0] / groups, weight.shape[1]] + kernel)
    let factors = try scale.reshaped(to: [groups, 1, weight.shape[1]] + kernel.map { _ in 1 })
    return try byGroup.scaled(by: factors).reshaped(to: weight.shape)
  }

  /// Folds arithmetic with one number per channel, the root, into the layer before it.
  static func absorb(_ root: MatchedNode, transposed: Bool, _ edit: inout Edit) throws(NoMatch) {
    let (value, constant) = try root.variableAndConstant()
    let layer = try ConvolutionLayer(value, transposed: transposed)
    let affine = try ChannelAffine(root, constant, rank: layer.weight.rank, channels: layer.channels, &edit)
    try layer.replace(root, followedBy: affine, &edit)
  }

  /// The same for a normalisation.
  static func absorb(_ bn: Matched<BatchNormalization>, transposed: Bool, _ edit: inout Edit) throws(NoMatch) {
    let layer = try ConvolutionLayer(bn[.x], transposed: transposed)
    try layer.replace(bn.node, followedBy: ChannelAffine(bn, channels: layer.channels, &edit), &edit)
  }
}

extension MatchedNode {
  /// The operands of arithmetic, the constant last where one is; a negation has no second.
  func variableAndConstant() throws(NoMatch) -> (value: MatchedValue, constant: MatchedValue?) {
    let first = try operand(0)
    if op is Neg { return (first, nil) }
    let second = try operand(1)
    return first.isConstant && !(op is Div) ? (second, first) : (first, second)
  }
}
