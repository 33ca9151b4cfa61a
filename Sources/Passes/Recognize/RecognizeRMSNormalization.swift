import Diagnostics
import GraphIR
import Operators
import Rewriting
import Tensors

/// Makes `RMSNormalization` of its definition. Exact up to rounding. From operator set 23.
///
///     %s = Sqrt(ReduceMean(%x·%x, [-1]) + ε)
///     %n = Div(%x, %s)                         →   %y = RMSNormalization(%x, γ) {axis: -1, epsilon: ε}
///     %y = Mul(%n, γ)
///
/// `%x·%x` may be a power, the root too, the quotient a product with the reciprocal; γ may be missing. The axes are the last ones, of known
/// sizes. In single precision: conversions around it, which halved models have, stay where they are.
package struct RecognizeRMSNormalization: NodeRule {
  package static let rounds = true
  package init() {}

  package var roots: RuleRoots { .operators(NormalizationParts.roots) }

  package func rewrite(_ root: MatchedNode, _ edit: inout Edit) throws(NoMatch) {
    try root.requireOpset(23)
    let (radicand, isReciprocal) = try NormalizationParts.radicand(of: root)
    let element = try root.result.elementType()
    try require(element == .float32, "the element type")
    let (mean, epsilon) = try NormalizationParts.shifted(radicand)
    let x = try squared(mean)
    let axes = try NormalizationParts.normalizedAxes(mean, x)
    let sizes = try NormalizationParts.suffix(axes, of: x)
    let end = try NormalizationParts.quotient(of: x, by: root.result, isReciprocal: isReciprocal)
    let (scale, last) = end.scale == nil ? NormalizationParts.affine(end.value, Mul.self, sizes) : (end.scale, end.value)
    var op = RMSNormalization()
    (op.axis, op.epsilon) = (-axes.count, Float(epsilon))
    let gamma = try edit.constant(NormalizationParts.parameter(scale, sizes, 1, element, &edit))
    try edit.replace(last, withSameShape: edit.emit(op, x.id, gamma))
  }

  /// `x` of `mean(x·x)`, whatever made it.
  private func squared(_ mean: MatchedNode) throws(NoMatch) -> MatchedValue {
    let square = try mean.operand(0)
    let node = try square.anyProducer()
    try square.requireSoleUse()
    let x = try node.operand(0)
    let other = try node.operand(1)
    let isProduct = node.op is Mul && other == x
    let isPower = node.op is Pow && other.uniformNumber == 2
    try require(isProduct || isPower, "the mean is not of a square")
    return x
  }
}
