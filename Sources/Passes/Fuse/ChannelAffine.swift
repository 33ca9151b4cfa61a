import Diagnostics
import GraphIR
import Operators
import Rewriting
import Tensors

/// `y = x·scale + shift` per channel, in double precision: what a normalisation, a product or a sum with a constant amounts
/// to. Vectors of one element per channel, so that computing them costs nothing beside the weights.
struct ChannelAffine {
  let scale: Tensor
  let shift: Tensor
  let channels: Int
  /// Whether it is more than a shift, and more than a scale.
  let scales, shifts: Bool

  /// What inference-time batch normalisation does: `s = γ/√(σ²+ε)` and `β - μ·s`.
  init(_ bn: Matched<BatchNormalization>, channels: Int, _ edit: inout Edit) throws(NoMatch) {
    try require(!bn.op.trainingMode, "BatchNormalization is in training mode")
    try require(bn.node.isUnused(result: 1) && bn.node.isUnused(result: 2), "the running statistics are in use")
    let (gamma, beta) = try (bn[.scale].constant(), bn[.bias].constant())
    let (mean, variance) = try (bn[.mean].constant(), bn[.variance].constant())
    for tensor in [gamma, beta, mean, variance] {
      try require(tensor.shape == [channels], "a parameter does not have one element per channel")
      try require(tensor.isFoldable, "the element type of a parameter")
    }
    let epsilon = Double(bn.op.epsilon)
    let scale = try edit.computing { () throws(ModelError) in
      let deviation = try (variance.cast(to: .float64) + .splat(epsilon, .float64, count: 1)).squareRoot()
      return try gamma.cast(to: .float64) / deviation
    }
    shift = try edit.computing { () throws(ModelError) in
      try beta.cast(to: .float64) - mean.cast(to: .float64) * scale
    }
    self.scale = try scale.asScale(&edit)
    self.channels = channels
    (scales, shifts) = (true, true)
  }

  /// What arithmetic with a constant of one number per channel does: a product, quotient, sum or difference, or a negation without one.
  init(_ root: MatchedNode, _ constant: MatchedValue?, rank: Int, channels: Int, _ edit: inout Edit) throws(NoMatch) {
    let vector = try constant.map { (value) throws(NoMatch) in try channelVector(value, rank: rank, channels: channels, &edit) }
    let isSubtracted = root.op is Sub && constant == root.operandIfPresent(1)
    scales = !(root.op is Add || isSubtracted)
    shifts = root.op is Add || root.op is Sub
    self.channels = channels
    let op = root.op
    let ones = try edit.computing { () throws(ModelError) in try .splat(1, .float64, count: channels) }
    let opposite = try edit.computing { () throws(ModelError) in try .splat(-1, .float64, count: channels) }
    let zeros = try edit.computing { () throws(ModelError) in try .splat(0, .float64, count: channels) }
    let other = vector ?? ones
    switch op {
    case is Mul, is Div: (scale, shift) = (try other.asScale(isInverse: op is Div, &edit), zeros)
    case is Neg: (scale, shift) = (opposite, zeros)
    case is Add: (scale, shift) = (ones, other)
    case is Sub where isSubtracted: (scale, shift) = (ones, try edit.computing { () throws(ModelError) in try other * opposite })
    case is Sub: (scale, shift) = (opposite, other)
    default: throw NoMatch("another operator")
    }
  }

  /// The bias after the affine function: `bias·scale + shift`.
  func bias(after bias: Tensor?, _ element: ElementType, _ edit: inout Edit) throws(NoMatch) -> Tensor {
    try edit.computing { () throws(ModelError) in
      guard let bias else { return try shift.cast(to: element) }
      return try (bias.cast(to: .float64) * scale + shift).cast(to: element)
    }
  }
}

extension Matched<Conv> {
  /// The constant weight and bias of a convolution whose arithmetic may be done beforehand.
  func foldableWeights() throws(NoMatch) -> (weight: Tensor, bias: Tensor?) {
    let weight = try self[.weight].constant()
    try require(weight.isFoldable, "the element type of the weight")
    try require(weight.rank >= 3, "the weight has too few axes")
    let bias = try ifPresent(.bias)?.constant()
    try require(bias.map { $0.shape == [weight.shape[0]] } ?? true, "the bias does not have one element per channel")
    return (weight, bias)
  }
}

extension Matched<ConvTranspose> {
  /// The constant weight and bias of a transposed convolution whose arithmetic may be done beforehand.
  func foldableWeights() throws(NoMatch) -> (weight: Tensor, bias: Tensor?, channels: Int) {
    let weight = try self[.weight].constant()
    try require(weight.isFoldable, "the element type of the weight")
    try require(weight.rank >= 3 && op.group > 0 && weight.shape[0] % op.group == 0, "the weight does not fit the groups")
    let channels = weight.shape[1] * op.group
    let bias = try ifPresent(.bias)?.constant()
    try require(bias.map { $0.shape == [channels] } ?? true, "the bias does not have one element per channel")
    return (weight, bias, channels)
  }
}

/// A constant that broadcasts against `[N, C, …]` along the channel axis alone, as a vector of `channels` doubles.
func channelVector(_ value: MatchedValue, rank: Int, channels: Int, _ edit: inout Edit) throws(NoMatch) -> Tensor {
  let tensor = try value.constant()
  try require(tensor.isFoldable, "the element type of the constant")
  try require(tensor.rank <= rank, "the constant has more axes than the result")
  let channelAxis = 1 - (rank - tensor.rank)
  for (axis, size) in tensor.shape.enumerated() where size != 1 {
    try require(axis == channelAxis && size == channels, "the constant does not vary by channel alone")
  }
  return try edit.computing { () throws(ModelError) in
    let vector = try tensor.reshaped(to: [tensor.count]).cast(to: .float64)
    return tensor.count == channels ? vector : try vector * .splat(1, .float64, count: channels)
  }
}
