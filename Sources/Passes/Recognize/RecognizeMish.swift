import GraphIR
import Operators
import Rewriting

/// Makes `Mish` of its definition. Exact up to rounding. From operator set 18.
///
///     %t = Tanh(Softplus(%x))
///     %y = Mul(%x, %t)          →   %y = Mish(%x)
package struct RecognizeMish: RewriteRule {
  package static let rounds = true
  package init() {}

  package func rewrite(_ product: Matched<Mul>, _ edit: inout Edit) throws(NoMatch) {
    let (a, b) = try (product[.a], product[.b])
    let gate = (try? b.producerAllowingOtherUses(Tanh.self)) != nil ? b : a
    let x = gate == a ? b : a
    let softplus = try gate.soleProducer(Tanh.self)[.x].soleProducer(Softplus.self)
    try product.node.requireOpset(18)
    try require(try softplus[.x] == x, "the gate is a function of another value")
    try x.requireSinglePrecision()
    edit.replace(product.result, with: edit.emit(Mish(), x.id))
  }
}
