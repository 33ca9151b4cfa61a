import GraphIR
import Operators
import Rewriting

/// Makes `HardSwish` of a value gated by its own hard sigmoid. Exact up to rounding. From operator set 14.
///
///     %s = HardSigmoid(%x) {alpha: 1/6, beta: ½}
///     %y = Mul(%x, %s)                             →   %y = HardSwish(%x)
package struct RecognizeHardSwish: RewriteRule {
  package static let rounds = true
  package init() {}

  package func rewrite(_ product: Matched<Mul>, _ edit: inout Edit) throws(NoMatch) {
    try product.node.requireOpset(14)
    let (a, b) = try (product[.a], product[.b])
    let gate = (try? b.producerAllowingOtherUses(HardSigmoid.self)) != nil ? b : a
    let x = gate == a ? b : a
    let sigmoid = try gate.soleProducer(HardSigmoid.self)
    try require(try sigmoid[.x] == x, "the gate is a function of another value")
    try require(abs(sigmoid.op.alpha - 1 / 6) < 1e-5 && sigmoid.op.beta == 0.5, "the slope is not 1/6 or the value at 0 not ½")
    try x.requireSinglePrecision()
    edit.replace(product.result, with: edit.emit(HardSwish(), x.id))
  }
}
