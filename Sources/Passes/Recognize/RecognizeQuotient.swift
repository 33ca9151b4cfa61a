import GraphIR
import Operators
import Rewriting

/// Divides instead of multiplying by a reciprocal. Exact up to rounding.
///
///     %r = Reciprocal(%z), or Div(1, %z)
///     %y = Mul(%x, %r)      →   %y = Div(%x, %z)
package struct RecognizeQuotient: RewriteRule {
  package static let rounds = true
  package init() {}

  package func rewrite(_ product: Matched<Mul>, _ edit: inout Edit) throws(NoMatch) {
    let (a, b) = try (product[.a], product[.b])
    let isFirst = (try? inverted(a)) != nil
    let divisor = try inverted(isFirst ? a : b)
    try edit.replace(product.result, withSameShape: edit.emit(Div(), (isFirst ? b : a).id, divisor.id))
  }

  /// `z` of `1/z`, for this use only.
  private func inverted(_ value: MatchedValue) throws(NoMatch) -> MatchedValue {
    let node = try value.anyProducer()
    let isInverse = node.op is Div && node.operandIfPresent(0)?.uniformNumber == 1
    try require(node.op is Reciprocal || isInverse, "neither factor is a reciprocal")
    try value.requireSoleUse()
    return try node.operand(node.op is Div ? 1 : 0)
  }
}
