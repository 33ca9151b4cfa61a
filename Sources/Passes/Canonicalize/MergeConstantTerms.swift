import Diagnostics
import GraphIR
import Operators
import Rewriting
import Tensors

/// Combines the constants of both operands of a sum or product. Exact up to rounding.
///
///     %p = Add(%x, a)
///     %q = Add(%z, b)        %s = Add(%x, %z)
///     %y = Add(%p, %q)   →   %y = Add(%s, a + b)
///
/// and so for products. The new constant is no larger than the larger of the old ones.
package struct MergeConstantTerms: NodeRule {
  package static let rounds = true
  package init() {}

  package var roots: RuleRoots { .operators([Add.self, Mul.self]) }

  package func rewrite(_ root: MatchedNode, _ edit: inout Edit) throws(NoMatch) {
    let (first, a) = try shifted(root.operand(0), like: root)
    let (second, b) = try shifted(root.operand(1), like: root)
    for operand in [try root.operand(0), try root.operand(1)] { try require(!operand.isErfGelu, "an operand is a Gaussian error unit") }
    let (c, d) = try (a.constant(), b.constant())
    try require(c.isFoldable && c.element == d.element, "the element type of the constants")
    let isSum = root.op is Add
    let wide = try edit.computing { () throws(ModelError) in
      let (a, b) = (try c.cast(to: .float64), try d.cast(to: .float64))
      return try isSum ? a + b : a * b
    }
    try require(wide.count <= max(c.count, d.count), "the constant would grow")
    let merged = try wide.narrowed(to: c.element, isSum: isSum, &edit)
    let variable = edit.emit(root.op, first.id, second.id)
    try edit.replace(root.result, withSameShape: edit.emit(root.op, variable, edit.constant(merged)))
  }

  private func shifted(_ value: MatchedValue, like root: MatchedNode) throws(NoMatch) -> (x: MatchedValue, constant: MatchedValue) {
    let node = try value.anyProducer()
    try require(type(of: node.op) == type(of: root.op), "an operand is the result of another operator")
    try value.requireSoleUse()
    return try node.constantLast()
  }
}
