import GraphIR
import Operators
import Rewriting
import Tensors

/// Makes `GroupNormalization` of groups of channels that are normalised like images. Exact up to rounding. From operator set 21:
/// before, its scale and bias were one per group.
///
///     %g = Reshape(%x: f32[N,C,H,W], [0, G, -1])
///     %n = InstanceNormalization(%g, ones, zeros)
///     %r = Reshape(%n, shape of %x)                 →   %y = GroupNormalization(%x, γ, β) {num_groups: G}
///     %y = Add(Mul(%r, γ), β)
package struct RecognizeGroupNormalization: RewriteRule {
  package static let rounds = true
  package init() {}

  package func rewrite(_ inner: Matched<InstanceNormalization>, _ edit: inout Edit) throws(NoMatch) {
    try inner.node.requireOpset(21)
    let splitting = try inner[.x].soleProducer(Reshape.self)
    let (x, groups) = try (splitting[.data], splitting.result.shape())
    let shape = try x.shape()
    guard shape.count >= 3, let channels = shape[1].number, groups.count >= 3, let count = groups[1].number, count > 0,
      channels % count == 0, groups[0] == shape[0]
    else { throw NoMatch("the channels are not split into groups", x.id) }
    let (scale, shift) = try (inner[.scale].number(), inner[.bias].number())
    try require(scale == 1 && shift == 0, "the groups are scaled or shifted")
    let joined = try inner.result.soleUser()
    try require(joined.op is Reshape, "the groups are not joined again")
    try joined.result.requireSameShape(as: x)
    let element = try x.requireSinglePrecision()
    let (factor, scaled) = ChannelParameter.following(joined.result, Mul.self, channels, shape.count)
    let (bias, last) = ChannelParameter.following(scaled, Add.self, channels, shape.count)
    var op = GroupNormalization()
    (op.epsilon, op.numGroups) = (inner.op.epsilon, count)
    let gamma = try ChannelParameter.constant(factor, channels, shape.count, orElse: 1, element, &edit)
    let beta = try ChannelParameter.constant(bias, channels, shape.count, orElse: 0, element, &edit)
    try edit.replace(last, withSameShape: edit.emit(op, x.id, gamma, beta))
  }
}
