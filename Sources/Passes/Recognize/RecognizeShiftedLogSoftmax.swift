import GraphIR
import Operators
import Rewriting

/// Makes `LogSoftmax` of its definition. Exact up to rounding. From operator set 13.
///
///     %s = Sub(%x, ReduceMax(%x, [a]))
///     %y = Sub(%s, Log(ReduceSum(Exp(%s), [a])))   →   %y = LogSoftmax(%x) {axis: a}
package struct RecognizeShiftedLogSoftmax: RewriteRule {
  package static let rounds = true
  package init() {}

  package func rewrite(_ difference: Matched<Sub>, _ edit: inout Edit) throws(NoMatch) {
    try difference.node.requireOpset(13)
    let shifted = try difference[.a]
    let sum = try difference[.b].soleProducer(Log.self)[.x].soleProducer(ReduceSum.self)
    let power = try sum[.data].soleProducer(Exp.self)
    try require(try power[.x] == shifted, "the sum is of another value")
    try require(shifted.useCount == 2 && !shifted.isOutput, "the shifted value has other uses")
    let inner = try shifted.producerAllowingOtherUses(Sub.self)
    let (x, maximum) = try (inner[.a], inner[.b].soleProducer(ReduceMax.self))
    try require(try maximum[.data] == x, "the maximum is of another value")
    var op = LogSoftmax()
    op.axis = try sum.soleKeptAxis()
    try require(try maximum.soleKeptAxis() == op.axis, "the reductions are along different axes")
    try edit.replace(difference.result, withSameShape: edit.emit(op, x.id))
  }
}

extension Matched where Op: Reduction {
  /// The only axis of a reduction that keeps it, counted from the beginning.
  func soleKeptAxis() throws(NoMatch) -> Int {
    try require(op.keepdims, "the reduction drops its axis")
    let axes = try node.operand(1).integers()
    try require(axes.count == 1, "the reduction is along several axes")
    return axes[0] < 0 ? axes[0] + (try node.operand(0).rank()) : axes[0]
  }
}
