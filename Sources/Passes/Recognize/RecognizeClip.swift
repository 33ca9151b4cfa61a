import GraphIR
import Operators
import Rewriting

/// Makes one `Clip` of a lower and an upper bound. Exact.
///
///     %m = Max(%x, l)                         %r = Relu(%x)
///     %y = Min(%m, h)   →   Clip(%x, l, h)    %y = Min(%r, 6)   →   Clip(%x, 0, 6)
///
/// in either order for l ≤ h; `Clip` may stand for either part. Bounds are numbers.
package struct RecognizeClip: NodeRule {
  package init() {}

  package var roots: RuleRoots { .operators([Min.self, Max.self, Clip.self, Relu.self]) }

  /// `x` and the bounds between which a node holds it.
  private func bounds(_ node: MatchedNode) throws(NoMatch) -> (x: MatchedValue, low: Double, high: Double) {
    if node.op is Clip {
      let matched = try node.narrowed(to: Clip.self)
      return (try node.operand(0), try matched.ifPresent(.min)?.number() ?? -.infinity, try matched.ifPresent(.max)?.number() ?? .infinity)
    }
    if node.op is Relu { return (try node.operand(0), 0, .infinity) }
    try require(node.op is Min || node.op is Max, "the operand has no bounds")
    try require(node.operandCount == 2, "there are not two operands")
    let (x, constant) = try node.constantLast()
    let number = try constant.number()
    return node.op is Min ? (x, -.infinity, number) : (x, number, .infinity)
  }

  package func rewrite(_ outer: MatchedNode, _ edit: inout Edit) throws(NoMatch) {
    let (middle, outerLow, outerHigh) = try bounds(outer)
    let inner = try middle.anyProducer()
    try middle.requireSoleUse()
    let (x, innerLow, innerHigh) = try bounds(inner)
    try x.requireCommonFloat()
    for bound in [outerLow, outerHigh, innerLow, innerHigh] { try require(!bound.isNaN, "a bound is not a number") }
    let (low, high) = (max(innerLow, outerLow), min(innerHigh, outerHigh))
    try require(low <= high && innerLow <= innerHigh && outerLow <= outerHigh, "the bounds cross")
    let element = try x.elementType()
    let min = low == -.infinity ? nil : try edit.scalar(low, element)
    let max = high == .infinity ? nil : try edit.scalar(high, element)
    let y = low == 0 && max == nil ? edit.emit(Relu(), x.id) : edit.emit(Clip(), x.id, min, max)
    try edit.replace(outer.result, withSameShape: y)
  }
}
