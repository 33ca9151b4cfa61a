import Diagnostics
import GraphIR
import Operators
import Rewriting
import Tensors

/// Makes one sum or product with a constant of two in a row. Exact up to rounding.
///
///     %a = Add(%x, c)                                   %a = Mul(%x, c)
///     %y = Sub(%a, d)   →   %y = Add(%x, c - d)         %y = Div(%a, d)   →   %y = Mul(%x, c/d)
///
/// in every combination. The new constant is no larger than the larger of the old ones.
package struct MergeConstantOperands: NodeRule {
  package static let rounds = true
  package init() {}

  package var roots: RuleRoots { .operators([Add.self, Sub.self, Mul.self, Div.self]) }

  package func rewrite(_ outer: MatchedNode, _ edit: inout Edit) throws(NoMatch) {
    let (middle, second) = try split(outer)
    let inner = try middle.anyProducer()
    try middle.requireSoleUse()
    let isSum = outer.op is Add || outer.op is Sub
    try require(isSum ? inner.op is Add || inner.op is Sub : inner.op is Mul || inner.op is Div, "the operand is the result of another operator")
    let (x, first) = try split(inner)
    try require(!middle.isErfGelu, "the operand is a Gaussian error unit")
    let (c, d) = try (first.constant(), second.constant())
    try require(c.isFoldable && c.element == d.element, "the element type of the constants")
    let (isInverse, wasInverse) = (outer.op is Sub || outer.op is Div, inner.op is Sub || inner.op is Div)
    let wide = try edit.computing { () throws(ModelError) in
      let zero = try Tensor.splat(isSum ? 0 : 1, .float64, count: 1).reshaped(to: [])
      var a = try c.cast(to: .float64)
      let b = try d.cast(to: .float64)
      if wasInverse { a = try isSum ? zero - a : zero / a }
      return try isSum ? (isInverse ? a - b : a + b) : (isInverse ? a / b : a * b)
    }
    try require(wide.count <= max(c.count, d.count), "the constant would grow")
    let merged = try wide.narrowed(to: c.element, isSum: isSum, &edit)
    let y = edit.emit(isSum ? Add() as any Operator : Mul(), x.id, edit.constant(merged))
    try edit.replace(outer.result, withSameShape: y)
  }

  /// The variable and the constant operand; a quotient's and a difference's constant is the second.
  private func split(_ node: MatchedNode) throws(NoMatch) -> (x: MatchedValue, constant: MatchedValue) {
    let pair = try node.constantLast()
    let second = try node.operand(1)
    try require(node.op is Add || node.op is Mul || pair.constant == second, "the constant is divided or subtracted from")
    return pair
  }
}
