import Diagnostics
import GraphIR
import Operators
import Rewriting
import Tensors

/// Makes `LayerNormalization` of its definition. Exact up to rounding. From operator set 17.
///
///     %d = Sub(%x, ReduceMean(%x, [-1]))
///     %s = Sqrt(ReduceMean(%d·%d, [-1]) + ε)
///     %n = Div(%d, %s)                         →   %y = LayerNormalization(%x, γ, β) {axis: -1, epsilon: ε}
///     %y = Add(Mul(%n, γ), β)
///
/// `%d·%d` may be a power, the root too, the quotient a product with the reciprocal, γ multiplied before %d; γ and β may be missing. The axes
/// are the last ones, of known sizes. In single or half precision: a 64-bit mean would be taken in 32 bits.
package struct RecognizeLayerNormalization: NodeRule {
  package static let rounds = true
  package init() {}

  package var roots: RuleRoots { .operators(NormalizationParts.roots) }

  package func rewrite(_ root: MatchedNode, _ edit: inout Edit) throws(NoMatch) {
    try root.requireOpset(17)
    let (radicand, isReciprocal) = try NormalizationParts.radicand(of: root)
    let element = try root.result.elementType()
    try require(element == .float32 || element == .float16, "the element type")
    let (variance, epsilon) = try NormalizationParts.shifted(radicand)
    let (x, deviation, axes) = try NormalizationParts.centred(variance)
    let sizes = try NormalizationParts.suffix(axes, of: x)
    let end = try NormalizationParts.quotient(of: deviation, by: root.result, isReciprocal: isReciprocal)
    var op = LayerNormalization()
    (op.axis, op.epsilon) = (-axes.count, Float(epsilon))
    let (scale, afterScale) = end.scale == nil ? NormalizationParts.affine(end.value, Mul.self, sizes) : (end.scale, end.value)
    let (bias, last) = NormalizationParts.affine(afterScale, Add.self, sizes)
    let gamma = try edit.constant(NormalizationParts.parameter(scale, sizes, 1, element, &edit))
    let beta = try bias.map { (bias) throws(NoMatch) in try edit.constant(NormalizationParts.parameter(bias, sizes, 0, element, &edit)) }
    try edit.replace(last, withSameShape: edit.emit(op, x.id, gamma, beta))
  }
}
