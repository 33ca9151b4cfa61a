import GraphIR
import Operators
import Rewriting

/// Makes `LeakyRelu` of its definition. Exact.
///
///     %m = Mul(%x, 0.1)                                  %c = Greater(%x, 0)
///     %y = Max(%x, %m)   →   LeakyRelu(%x) {alpha: 0.1}  %y = Where(%c, %x, %m)   →   LeakyRelu(%x) {alpha: 0.1}
///
/// As a maximum for factors between 0 and 1, as a choice for any; a choice may be by `Less` the other way round.
package struct RecognizeLeakyRelu: NodeRule {
  package init() {}

  package var roots: RuleRoots { .operators([Max.self, Where.self]) }

  package func rewrite(_ root: MatchedNode, _ edit: inout Edit) throws(NoMatch) {
    let (x, scaled) = try root.op is Max ? pair(root) : choice(root)
    let product = try scaled.soleProducer(Mul.self)
    let (factor, constant) = try product.node.constantLast()
    try require(factor == x, "another value is scaled")
    let number = try constant.number()
    try require(number.isFinite && (!(root.op is Max) || number > 0 && number < 1), "the factor is not between 0 and 1")
    try x.requireSinglePrecision()
    var op = LeakyRelu()
    op.alpha = Float(number)
    try edit.replace(root.result, withSameShape: edit.emit(op, x.id))
  }

  private func pair(_ node: MatchedNode) throws(NoMatch) -> (MatchedValue, MatchedValue) {
    try require(node.operandCount == 2, "there are not two operands")
    let (a, b) = try (node.operand(0), node.operand(1))
    if let product = try? b.producerAllowingOtherUses(Mul.self), (try? product.node.constantLast())?.x == a { return (a, b) }
    return (b, a)
  }

  /// `x` and the other value of a choice by the sign of `x`.
  private func choice(_ node: MatchedNode) throws(NoMatch) -> (MatchedValue, MatchedValue) {
    let test = try node.operand(0).anyProducer()
    try node.operand(0).requireSoleUse()
    let isLess = test.op is Less || test.op is LessOrEqual
    try require(isLess || test.op is Greater || test.op is GreaterOrEqual, "the choice is not by a comparison")
    let (x, other) = try isLess ? (node.operand(2), node.operand(1)) : (node.operand(1), node.operand(2))
    let (tested, bound) = try (test.operand(0), test.operand(1).number())
    try require(tested == x && bound == 0, "the comparison is not of the value with 0")
    return (x, other)
  }
}
