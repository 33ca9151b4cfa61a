import GraphIR
import Operators
import Rewriting

/// Takes the logarithm of a softmax in one step. Approximate: probabilities that round to 0 have a logarithm then.
///
///     %p = Softmax(%x) {axis: a}
///     %y = Log(%p)                 →   %y = LogSoftmax(%x) {axis: a}
package struct RecognizeLogSoftmax: RewriteRule {
  package init() {}

  package func rewrite(_ logarithm: Matched<Log>, _ edit: inout Edit) throws(NoMatch) {
    let softmax = try logarithm[.x].soleProducer(Softmax.self)
    var op = LogSoftmax()
    (op.axis, op.coerced) = (softmax.op.axis, softmax.op.coerced)
    edit.replace(logarithm.result, with: edit.emit(op, try softmax[.x].id))
  }
}
