import GraphIR
import Operators
import Rewriting

/// Writes a Gaussian error unit the way in which runtimes recognise it, where the operator set has no `Gelu`. Exact up to rounding.
///
///     %e = Erf(Mul(%x, 1/√2))                     %e = Erf(Div(%x, √2))
///     %y = Mul(%x, Mul(½, Add(1, %e)))        →   %y = Mul(Mul(%x, Add(%e, 1)), ½)
///
/// in any algebraic form. As many nodes as before, and one kernel instead of five.
package struct SpellErfGelu: RewriteRule {
  package static let rounds = true
  package init() {}

  package func rewrite(_ erf: Matched<Erf>, _ edit: inout Edit) throws(NoMatch) {
    try require(erf.node.opset < 20, "the operator set has Gelu")
    let (x, y) = try erf.gelu()
    try require(!isSpelt(erf, y), "it is written so already")
    let element = try y.elementType()
    let quotient = edit.emit(Div(), x, try edit.scalar(2.0.squareRoot(), element))
    let sum = edit.emit(Add(), edit.emit(Erf(), quotient), try edit.scalar(1, element))
    let product = edit.emit(Mul(), x, sum)
    try edit.replace(y, withSameShape: edit.emit(Mul(), product, try edit.scalar(0.5, element)))
  }

  /// True for ½ multiplied last or to %x first, and a division by √2.
  private func isSpelt(_ erf: Matched<Erf>, _ y: MatchedValue) -> Bool {
    guard let argument = try? erf[.x], let quotient = try? argument.anyProducer(), quotient.op is Div,
      let sum = try? erf.result.soleUser(), sum.op is Add, let product = try? sum.result.soleUser(), product.op is Mul
    else { return false }
    if product.result == y {
      // (x · ½) · (1 + e)
      return (0..<2).contains { index in
        guard let half = try? product.operand(index).soleProducer(Mul.self) else { return false }
        return (try? half.node.uniformScale()) == 0.5
      }
    }
    guard let x = try? quotient.operand(0), product.operands.contains(x), let last = try? product.result.soleUser() else { return false }
    return last.op is Mul && last.result == y
  }
}

extension MatchedValue {
  /// True for `½·x·(1 + erf(x/√2))`, which runtimes recognise as a whole, so that nothing should take the ½ elsewhere.
  var isErfGelu: Bool {
    guard let node = try? anyProducer(), node.op is Mul || node.op is Add, let erf = erfBehind(depth: 4) else { return false }
    return (try? erf.gelu())?.y == self
  }

  private func erfBehind(depth: Int) -> Matched<Erf>? {
    guard depth > 0, let node = try? anyProducer() else { return nil }
    if let erf = try? node.narrowed(to: Erf.self) { return erf }
    guard node.op is Mul || node.op is Add || node.op is Div else { return nil }
    for case let operand? in node.operands {
      if let erf = operand.erfBehind(depth: depth - 1) { return erf }
    }
    return nil
  }
}
