import Diagnostics
import GraphIR
import Operators
import Rewriting
import Tensors

/// Adds a gated value to itself by raising the gate. Exact up to rounding.
///
///     %z = Conv(%v, W, b)                          %z = Conv(%v, α·W, α·b + β + 1)
///     %g = HardSigmoid(%z) {alpha: α, beta: β}     %g = Clip(%z, 1, 2)
///     %m = Mul(%x, %g)                          →  %y = Mul(%x, %g)
///     %y = Add(%x, %m)
///
/// since `x + x·g = x·(1 + g)`. Each value in between has this use only.
package struct FoldGatedResidual: RewriteRule {
  package static let rounds = true
  package init() {}

  package func rewrite(_ sum: Matched<Add>, _ edit: inout Edit) throws(NoMatch) {
    let (first, second) = try (sum[.a], sum[.b])
    guard let (x, gate) = gated(second, by: first) ?? gated(first, by: second) else {
      throw NoMatch("neither operand is the other one times a gate", sum.result.id)
    }
    let sigmoid = try gate.soleProducer(HardSigmoid.self)
    let conv = try sigmoid[.x].soleProducer(Conv.self)
    let (weight, bias) = try conv.foldableWeights()
    let (alpha, beta) = (Double(sigmoid.op.alpha), Double(sigmoid.op.beta))
    try require(alpha.isNormal && beta.isFinite, "the slope is not a number")
    let channels = weight.shape[0]
    let scaled = try edit.computing { () throws(ModelError) in try weight.scaled(by: .splat(alpha, .float64, count: 1)) }
    let raised = try edit.computing { () throws(ModelError) in
      let shift = try Tensor.splat(beta + 1, .float64, count: channels)
      guard let bias else { return try shift.cast(to: weight.element) }
      return try (bias.cast(to: .float64) * .splat(alpha, .float64, count: 1) + shift).cast(to: weight.element)
    }
    let z = try edit.emit(conv.op, conv[.x].id, edit.constant(scaled, insteadOf: conv[.weight]), edit.constant(raised))
    let element = try x.elementType()
    let raisedGate = edit.emit(Clip(), z, try edit.scalar(1, element), try edit.scalar(2, element))
    try edit.replace(sum.result, withSameShape: edit.emit(Mul(), x.id, raisedGate))
  }

  /// `x` and the gate when `value` is their product.
  private func gated(_ value: MatchedValue, by x: MatchedValue) -> (MatchedValue, MatchedValue)? {
    guard let product = try? value.soleProducer(Mul.self), let a = try? product[.a], let b = try? product[.b] else { return nil }
    return a == x ? (x, b) : b == x ? (x, a) : nil
  }
}
