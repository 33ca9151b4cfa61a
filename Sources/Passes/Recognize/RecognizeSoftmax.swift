import GraphIR
import Operators
import Rewriting

/// Makes `Softmax` of its definition. Exact up to rounding. From operator set 13.
///
///     %e = Exp(Sub(%x, ReduceMax(%x, [a])))
///     %y = Div(%e, ReduceSum(%e, [a]))        →   %y = Softmax(%x) {axis: a}
///
/// Without the maximum, `Exp(%x)` may overflow where `Softmax` does not; where it does not, the result is the same.
package struct RecognizeSoftmax: RewriteRule {
  package static let rounds = true
  package init() {}

  package func rewrite(_ quotient: Matched<Div>, _ edit: inout Edit) throws(NoMatch) {
    try quotient.node.requireOpset(13)
    let power = try quotient[.a]
    try require(power.useCount == 2 && !power.isOutput, "the exponential has other uses")
    let exponential = try power.producerAllowingOtherUses(Exp.self)
    let sum = try quotient[.b].soleProducer(ReduceSum.self)
    try require(try sum[.data] == power, "the sum is of another value")
    let axis = try sum.soleKeptAxis()
    var op = Softmax()
    op.axis = axis
    edit.replace(quotient.result, with: edit.emit(op, try shifted(exponential[.x], axis).id))
  }

  /// `x` of `x - max(x)`, or the value itself.
  private func shifted(_ value: MatchedValue, _ axis: Int) throws(NoMatch) -> MatchedValue {
    guard let difference = try? value.soleProducer(Sub.self), let maximum = try? difference[.b].soleProducer(ReduceMax.self),
      let x = try? maximum[.data], try difference[.a] == x,
      let along = try? maximum.soleKeptAxis(), along == axis
    else { return value }
    return x
  }
}
