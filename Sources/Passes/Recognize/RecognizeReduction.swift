import Diagnostics
import GraphIR
import Operators
import Rewriting

/// Makes one reduction of a sum and the function before or behind it. Exact up to rounding.
///
///     ReduceSum(Abs(%x))       →   ReduceL1(%x)            ReduceSum(%x·%x), ReduceSum(Pow(%x, 2))   →   ReduceSumSquare(%x)
///     Log(ReduceSum(%x))       →   ReduceLogSum(%x)        Sqrt(ReduceSumSquare(%x))                 →   ReduceL2(%x)
package struct RecognizeReduction: NodeRule {
  package static let rounds = true
  package init() {}

  package var roots: RuleRoots { .operators([ReduceSum.self, Sqrt.self, Log.self]) }

  package func rewrite(_ root: MatchedNode, _ edit: inout Edit) throws(NoMatch) {
    switch root.op {
    case is ReduceSum:
      let sum = try root.narrowed(to: ReduceSum.self)
      let value = try sum[.data]
      try value.requireCommonFloat()
      try value.requireSoleUse()
      let inner = try value.anyProducer()
      try inner.op is Abs ? emit(ReduceL1(), of: inner.operand(0), as: sum, root, &edit) : emit(ReduceSumSquare(), of: square(inner), as: sum, root, &edit)
    case is Sqrt:
      let sum = try root.operand(0).soleProducer(ReduceSumSquare.self)
      try emit(ReduceL2(), of: sum[.data], as: sum, root, &edit)
    default:
      let sum = try root.operand(0).soleProducer(ReduceSum.self)
      try require((try? sum[.data].soleProducer(Exp.self)) == nil, "the sum is of exponentials")
      try emit(ReduceLogSum(), of: sum[.data], as: sum, root, &edit)
    }
  }

  /// `x` of `x·x` or `x²`.
  private func square(_ node: MatchedNode) throws(NoMatch) -> MatchedValue {
    let x = try node.operand(0)
    if node.op is Mul {
      try require(try node.operand(1) == x, "another product is summed up")
    } else {
      let exponent = node.op is Pow ? node.operandIfPresent(1)?.uniformNumber : nil
      try require(exponent == 2, "neither squares nor magnitudes are summed up")
    }
    return x
  }

  private func emit<Sum: Reduction, New: Reduction>(
    _ new: New, of x: MatchedValue, as sum: Matched<Sum>, _ root: MatchedNode, _ edit: inout Edit
  ) throws(NoMatch) {
    try x.requireCommonFloat()
    var op = new
    (op.keepdims, op.noopWithEmptyAxes) = (sum.op.keepdims, sum.op.noopWithEmptyAxes)
    let axes = sum.node.operandIfPresent(1)
    try require(axes?.isConstant ?? true, "the axes are computed")
    try require(!op.noopWithEmptyAxes || (try? axes?.integers().isEmpty) == false, "it may reduce nothing")
    try edit.replace(root.result, withSameShape: edit.emit(op, operands: [x.id, axes?.id])[0])
  }
}
