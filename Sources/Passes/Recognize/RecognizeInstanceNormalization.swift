import Diagnostics
import GraphIR
import Operators
import Rewriting
import Tensors

/// Makes `InstanceNormalization` of its definition. Exact up to rounding.
///
///     %d = Sub(%x: f32[N,C,H,W], ReduceMean(%x, [2, 3]))
///     %s = Sqrt(ReduceMean(%d·%d, [2, 3]) + ε)
///     %n = Div(%d, %s)                                     →   %y = InstanceNormalization(%x, γ, β) {epsilon: ε}
///     %y = Add(Mul(%n, γ), β)
///
/// The axes are all but the first two, of images; γ and β vary by channel alone, and may be missing. Means may be pools.
package struct RecognizeInstanceNormalization: RewriteRule {
  package static let rounds = true
  package init() {}

  package func rewrite(_ root: Matched<Sqrt>, _ edit: inout Edit) throws(NoMatch) {
    let element = try root.result.requireSinglePrecision()
    let (variance, epsilon) = try NormalizationParts.shifted(try root[.x])
    let (x, deviation, axes) = try NormalizationParts.centred(variance)
    let shape = try x.shape()
    try require(shape.count >= 4 && axes == Array(2..<shape.count), "the axes are not all but the first two")
    guard let channels = shape[1].number else { throw NoMatch("the number of channels is not known", x.id) }
    let end = try NormalizationParts.quotient(of: deviation, by: root.result)
    try require(end.scale == nil, "the reciprocal is scaled first")
    let (scale, scaled) = ChannelParameter.following(end.value, Mul.self, channels, shape.count)
    let (bias, last) = ChannelParameter.following(scaled, Add.self, channels, shape.count)
    if let user = try? last.soleUser(), user.op is Mul || user.op is Add, scale == nil || bias == nil {
      try require((try? user.constantLast()) == nil, "the parameters do not vary by channel")
    }
    var op = InstanceNormalization()
    op.epsilon = Float(epsilon)
    let gamma = try ChannelParameter.constant(scale, channels, shape.count, orElse: 1, element, &edit)
    let beta = try ChannelParameter.constant(bias, channels, shape.count, orElse: 0, element, &edit)
    try edit.replace(last, withSameShape: edit.emit(op, x.id, gamma, beta))
  }
}

/// A constant by which a normalised image is scaled or shifted, channel by channel.
enum ChannelParameter {
  /// The constant that a value is combined with as its only use, when it varies by channel alone, and the result.
  static func following(
    _ value: MatchedValue, _ type: (some Operator).Type, _ channels: Int, _ rank: Int
  ) -> (MatchedValue?, MatchedValue) {
    guard let user = try? value.soleUser(), Swift.type(of: user.op) == type, let (x, constant) = try? user.constantLast(), x == value,
      let shape = try? constant.fixedShape(), shape.count <= rank,
      shape.enumerated().allSatisfy({ $1 == 1 || $1 == channels && $0 == 1 - (rank - shape.count) })
    else { return (nil, value) }
    return (constant, user.result)
  }

  /// One element per channel.
  static func constant(
    _ value: MatchedValue?, _ channels: Int, _ rank: Int, orElse usual: Double, _ element: ElementType, _ edit: inout Edit
  ) throws(NoMatch) -> ValueID {
    guard let value else {
      return edit.constant(try edit.computing { () throws(ModelError) in try .splat(usual, element, count: channels) })
    }
    let vector = try channelVector(value, rank: rank, channels: channels, &edit)
    return edit.constant(try edit.computing { () throws(ModelError) in try vector.cast(to: element) })
  }
}
