import GraphIR
import Operators
import Rewriting

/// Makes `Softplus` of its definition. Approximate: where the exponential overflows, the result is %x instead of infinite.
///
///     %s = Add(Exp(%x), 1)
///     %y = Log(%s)           →   %y = Softplus(%x)
package struct RecognizeSoftplus: RewriteRule {
  package init() {}

  package func rewrite(_ logarithm: Matched<Log>, _ edit: inout Edit) throws(NoMatch) {
    let sum = try logarithm[.x].soleProducer(Add.self)
    let (power, one) = try sum.node.constantLast()
    try require(try one.number() == 1, "the number added is not 1")
    let exponential = try power.soleProducer(Exp.self)
    let x = try exponential[.x]
    try x.requireSinglePrecision()
    try edit.replace(logarithm.result, withSameShape: edit.emit(Softplus(), x.id))
  }
}
