import GraphIR
import Operators
import Rewriting

/// Divides instead of multiplying by a reciprocal. Exact up to rounding.
///
///     %r = Reciprocal(%z)
///     %y = Mul(%x, %r)      →   %y = Div(%x, %z)
package struct RecognizeQuotient: RewriteRule {
  package static let rounds = true
  package init() {}

  package func rewrite(_ product: Matched<Mul>, _ edit: inout Edit) throws(NoMatch) {
    let (a, b) = try (product[.a], product[.b])
    let isFirst = (try? a.producerAllowingOtherUses(Reciprocal.self)) != nil
    let inverse = try (isFirst ? a : b).soleProducer(Reciprocal.self)
    try edit.replace(product.result, withSameShape: edit.emit(Div(), (isFirst ? b : a).id, try inverse[.x].id))
  }
}
