import GraphIR
import Operators
import Rewriting

/// Takes the logarithm of a sum of exponentials in one step. Approximate: where an exponential overflows, the sum's logarithm is infinite.
///
///     %s = ReduceSum(Exp(%x), axes)
///     %y = Log(%s)                    →   %y = ReduceLogSumExp(%x, axes)
package struct RecognizeLogSumExp: RewriteRule {
  package init() {}

  package func rewrite(_ logarithm: Matched<Log>, _ edit: inout Edit) throws(NoMatch) {
    let sum = try logarithm[.x].soleProducer(ReduceSum.self)
    let x = try sum[.data].soleProducer(Exp.self)[.x]
    try x.requireCommonFloat()
    try require((try? x.producerAllowingOtherUses(Sub.self)) == nil, "a difference is exponentiated, as in a softmax")
    try require(!sum.op.noopWithEmptyAxes, "it may reduce nothing")
    var op = ReduceLogSumExp()
    op.keepdims = sum.op.keepdims
    let axes = sum.node.operandIfPresent(1)
    try require(axes?.isConstant ?? true, "the axes are computed")
    try edit.replace(logarithm.result, withSameShape: edit.emit(op, operands: [x.id, axes?.id])[0])
  }
}
