import GraphIR
import Operators
import Rewriting

/// Sums of something as a sum. Exact up to rounding.
///
///     ReduceL1: Σ|x|    ReduceL2: √Σx²    ReduceSumSquare: Σx²    ReduceLogSum: ln Σx    ReduceLogSumExp: ln Σ exp(x - m) + m, m the greatest
struct ExpandReduction: NodeRule {
  var roots: RuleRoots { .operators([ReduceL1.self, ReduceL2.self, ReduceSumSquare.self, ReduceLogSum.self, ReduceLogSumExp.self]) }

  func rewrite(_ node: MatchedNode, _ edit: inout Edit) throws(NoMatch) {
    let x = try node.operand(0)
    let axes = node.operandIfPresent(1)?.id
    guard let op = node.op as? any Reduction else { throw NoMatch("no reduction") }
    let keepsIntegers = op is ReduceL1 || op is ReduceSumSquare
    let isFloat = try x.elementType().isFloatingPoint
    try require(keepsIntegers || isFloat, "a root or logarithm of integers")
    try require(axes != nil || !op.noopWithEmptyAxes, "reduces nothing")
    func sum(_ value: ValueID, keeping: Bool, _ edit: inout Edit) -> ValueID {
      var sum = ReduceSum()
      (sum.keepdims, sum.noopWithEmptyAxes) = (keeping, op.noopWithEmptyAxes)
      return edit.emit(sum, value, axes)
    }
    let result: ValueID
    switch node.op {
    case is ReduceL1: result = sum(edit.emit(Abs(), x.id), keeping: op.keepdims, &edit)
    case is ReduceL2: result = edit.emit(Sqrt(), sum(edit.emit(Mul(), x.id, x.id), keeping: op.keepdims, &edit))
    case is ReduceSumSquare: result = sum(edit.emit(Mul(), x.id, x.id), keeping: op.keepdims, &edit)
    case is ReduceLogSum: result = edit.emit(Log(), sum(x.id, keeping: op.keepdims, &edit))
    default:
      var greatest = ReduceMax()
      (greatest.keepdims, greatest.noopWithEmptyAxes) = (true, op.noopWithEmptyAxes)
      let peak = edit.emit(greatest, x.id, axes)
      let total = sum(edit.emit(Exp(), edit.emit(Sub(), x.id, peak)), keeping: true, &edit)
      let kept = edit.emit(Add(), edit.emit(Log(), total), peak)
      result = op.keepdims ? kept : edit.emit(Squeeze(), kept, axes)
    }
    edit.replace(node.result, with: result)
  }
}
