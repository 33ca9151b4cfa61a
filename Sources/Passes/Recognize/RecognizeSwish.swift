import GraphIR
import Operators
import Rewriting

/// Makes `Swish` of a value gated by its own logistic function. Exact up to rounding. From operator set 24.
///
///     %s = Sigmoid(β·%x)
///     %y = Mul(%x, %s)     →   %y = Swish(%x) {alpha: β}
package struct RecognizeSwish: RewriteRule {
  package static let rounds = true
  package init() {}

  package func rewrite(_ product: Matched<Mul>, _ edit: inout Edit) throws(NoMatch) {
    let (a, b) = try (product[.a], product[.b])
    let gate = (try? b.producerAllowingOtherUses(Sigmoid.self)) != nil ? b : a
    let x = gate == a ? b : a
    let argument = try gate.soleProducer(Sigmoid.self)[.x]
    try product.node.requireOpset(24)
    try x.requireSinglePrecision()
    var op = Swish()
    if argument != x {
      try argument.requireSoleUse()
      guard let (factor, scale, shift) = argument.expression.linear, factor == x.id, shift == 0 else {
        throw NoMatch("the gate is a function of another value", argument.id)
      }
      op.alpha = Float(scale)
    }
    try edit.replace(product.result, withSameShape: edit.emit(op, x.id))
  }
}
