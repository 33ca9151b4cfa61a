import GraphIR
import Operators
import Rewriting
import Tensors

/// What a layer normalisation has in all the forms in which it is written, seen from the root of the variance.
struct NormalizedLayer {
  let x: MatchedValue
  /// `x - mean(x)`
  let deviation: MatchedValue
  /// Whether the root is a power that gives its reciprocal.
  let isReciprocal: Bool
  /// Sizes of the last axes, along which it normalises.
  let sizes: Shape
  private let epsilon: Double
  private let element: ElementType

  /// `meanUses` is how often the mean is used. Needs operator set 17, and single or half precision: a 64-bit mean would be taken in 32 bits.
  init(at root: MatchedNode, meanUses: Int = 1) throws(NoMatch) {
    try root.requireOpset(17)
    let (radicand, isReciprocal) = try NormalizationParts.radicand(of: root)
    element = try root.result.requireSinglePrecision()
    let (variance, epsilon) = try NormalizationParts.shifted(radicand)
    let (x, deviation, axes) = try NormalizationParts.centred(variance, uses: meanUses)
    (self.x, self.deviation, self.isReciprocal, self.epsilon) = (x, deviation, isReciprocal, epsilon)
    sizes = try NormalizationParts.suffix(axes, of: x)
  }

  /// The operator for it, with γ and β where they are given.
  func emit(scale: MatchedValue?, bias: MatchedValue?, _ edit: inout Edit) throws(NoMatch) -> ValueID {
    var op = LayerNormalization()
    (op.axis, op.epsilon) = (-sizes.count, Float(epsilon))
    let gamma = try edit.constant(NormalizationParts.parameter(scale, sizes, 1, element, &edit))
    let beta = try bias.map { (bias) throws(NoMatch) in try edit.constant(NormalizationParts.parameter(bias, sizes, 0, element, &edit)) }
    return edit.emit(op, x.id, gamma, beta)
  }
}
