import GraphIR
import Operators
import Rewriting
import Tensors

/// Makes `LayerNormalization` of the form that TensorFlow writes, in which the mean is scaled too. Exact up to rounding. From operator
/// set 17.
///
///     %m = ReduceMean(%x, [-1])
///     %d = Sub(%x, %m)
///     %r = γ / Sqrt(ReduceMean(%d·%d, [-1]) + ε)
///     %y = Add(Mul(%x, %r), Sub(β, Mul(%m, %r)))   →   %y = LayerNormalization(%x, γ, β) {axis: -1, epsilon: ε}
///
/// γ and β may be missing. Axes and element types are those of `RecognizeLayerNormalization`.
package struct RecognizeExpandedLayerNormalization: NodeRule {
  package static let rounds = true
  package init() {}

  package var roots: RuleRoots { .operators(NormalizationParts.roots) }

  package func rewrite(_ root: MatchedNode, _ edit: inout Edit) throws(NoMatch) {
    let layer = try NormalizedLayer(at: root, meanUses: 2)
    let mean = try layer.deviation.producerAllowingOtherUses(Sub.self)[.b]
    let (factor, scale) = try layer.isReciprocal ? scaled(root.result) : inverse(root.result)
    let (last, bias) = try end(layer.x, mean, factor)
    try edit.replace(last, withSameShape: layer.emit(scale: scale, bias: bias, &edit))
  }

  /// `γ / root`, and γ when it is not 1.
  private func inverse(_ root: MatchedValue) throws(NoMatch) -> (MatchedValue, MatchedValue?) {
    let user = try root.soleUser()
    if user.op is Reciprocal { return try scaled(user.result) }
    let quotient = try user.narrowed(to: Div.self)
    let numerator = try quotient[.a]
    try require(numerator.isConstant && numerator != root, "the root does not divide a constant")
    return numerator.uniformNumber == 1 ? try scaled(user.result) : (user.result, numerator)
  }

  /// A value, or its only product with a constant.
  private func scaled(_ value: MatchedValue) throws(NoMatch) -> (MatchedValue, MatchedValue?) {
    guard let user = try? value.soleUser(), user.op is Mul, let (x, constant) = try? user.constantLast(), x == value else { return (value, nil) }
    return (user.result, constant)
  }

  /// `x·r + (β - m·r)` or `x·r - m·r`.
  private func end(_ x: MatchedValue, _ mean: MatchedValue, _ factor: MatchedValue) throws(NoMatch) -> (MatchedValue, bias: MatchedValue?) {
    try require(factor.useCount == 2 && !factor.isOutput, "the factor does not scale the value and its mean alone")
    let products = factor.users
    guard let main = products.first(where: { isProduct($0, of: x, factor) }), let less = products.first(where: { isProduct($0, of: mean, factor) })
    else { throw NoMatch("the factor does not scale the value and its mean alone", factor.id) }
    let (difference, sum) = try (less.result.soleUser().narrowed(to: Sub.self), main.result.soleUser())
    try require(try difference[.b] == less.result, "the scaled mean is not taken away")
    if difference.node.id == sum.id { return (sum.result, nil) }
    let bias = try difference[.a]
    try require(bias.isConstant && sum.op is Add, "the scaled mean is taken from another value")
    let (a, b) = try (sum.operand(0), sum.operand(1))
    try require(a == difference.result || b == difference.result, "the scaled mean is taken from another value")
    try difference.result.requireSoleUse()
    return (sum.result, bias)
  }

  private func isProduct(_ node: MatchedNode, of value: MatchedValue, _ factor: MatchedValue) -> Bool {
    guard node.op is Mul, let a = node.operandIfPresent(0), let b = node.operandIfPresent(1) else { return false }
    return a == value && b == factor || a == factor && b == value
  }
}
