import GraphIR
import Operators
import Rewriting

/// Makes `LeakyRelu` of a sum with the magnitude, or the positive part. Exact up to rounding, for finite numbers.
///
///     %y = Add(p·%x, q·|%x|)         →   %y = LeakyRelu(%x) {alpha: p - q}     p + q = 1
///     %y = Add(p·%x, q·Relu(%x))     →   %y = LeakyRelu(%x) {alpha: p}         p + q = 1
///
/// and the same as differences.
package struct RecognizeLeakySum: NodeRule {
  package static let rounds = true
  package init() {}

  package var roots: RuleRoots { .operators([Add.self, Sub.self]) }

  package func rewrite(_ root: MatchedNode, _ edit: inout Edit) throws(NoMatch) {
    let parts = try [root.operand(0), root.operand(1)].map { $0.isSolelyUsed ? $0.line : (x: $0, scale: 1, shift: 0) }
    try require(parts.allSatisfy { $0.shift == 0 }, "a number is added")
    guard let index = parts.firstIndex(where: { isPart($0.x, of: parts[0].x) || isPart($0.x, of: parts[1].x) }) else {
      throw NoMatch("neither operand is the magnitude or positive part of the other")
    }
    let (x, part) = (parts[1 - index].x, parts[index].x)
    try x.requireSinglePrecision()
    try part.requireSoleUse()
    let signs = root.op is Sub ? [1.0, -1.0] : [1, 1]
    let (p, q) = (parts[1 - index].scale * signs[1 - index], parts[index].scale * signs[index])
    try require(abs(p + q - 1) <= x.constantTolerance, "positive numbers change")
    var op = LeakyRelu()
    op.alpha = Float(try part.anyProducer().op is Abs ? p - q : p)
    try edit.replace(root.result, withSameShape: edit.emit(op, x.id))
  }

  private func isPart(_ value: MatchedValue, of x: MatchedValue) -> Bool {
    guard let node = try? value.anyProducer(), node.op is Abs || node.op is Relu, let source = node.operandIfPresent(0) else { return false }
    return source == x
  }
}
