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
    let layer = try NormalizedLayer(at: root)
    let end = try NormalizationParts.quotient(of: layer.deviation, by: root.result, isReciprocal: layer.isReciprocal)
    let (scale, afterScale) = end.scale == nil ? NormalizationParts.affine(end.value, Mul.self, layer.sizes) : (end.scale, end.value)
    let (bias, last) = NormalizationParts.affine(afterScale, Add.self, layer.sizes)
    try edit.replace(last, withSameShape: layer.emit(scale: scale, bias: bias, &edit))
  }
}
