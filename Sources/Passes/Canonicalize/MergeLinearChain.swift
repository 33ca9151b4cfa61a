import Diagnostics
import GraphIR
import Operators
import Rewriting
import Tensors

/// Makes one product and one sum of a product, a sum and a product with constants. Exact up to rounding.
///
///     %p = Mul(%x, a)
///     %s = Add(%p, b)        %p = Mul(%x, a·c)
///     %y = Mul(%s, c)   →    %y = Add(%p, b·c)
///
/// and the same of sum, product, sum, which is `x·b + (a·b + c)`. The new constants are no larger than the larger of the old ones.
package struct MergeLinearChain: NodeRule {
  package static let rounds = true
  package init() {}

  package var roots: RuleRoots { .operators([Mul.self, Add.self]) }

  package func rewrite(_ outer: MatchedNode, _ edit: inout Edit) throws(NoMatch) {
    let endsWithProduct = outer.op is Mul
    let (second, last) = try outer.constantLast()
    let (first, middle) = try inner(second, isProduct: !endsWithProduct)
    let (x, start) = try inner(first, isProduct: endsWithProduct)
    let (a, b, c) = try (start.constant(), middle.constant(), last.constant())
    try require(a.isFoldable && a.element == b.element && a.element == c.element, "the element type of the constants")
    let scale = try edit.computing { () throws(ModelError) in
      endsWithProduct ? try a.cast(to: .float64) * c.cast(to: .float64) : try b.cast(to: .float64)
    }
    let shift = try edit.computing { () throws(ModelError) in
      let (p, q, r) = (try a.cast(to: .float64), try b.cast(to: .float64), try c.cast(to: .float64))
      return try endsWithProduct ? q * r : p * q + r
    }
    let largest = max(a.count, b.count, c.count)
    try require(scale.count <= largest && shift.count <= largest, "a constant would grow")
    let factor = try scale.narrowed(to: a.element, isSum: false, &edit)
    let term = try shift.narrowed(to: a.element, isSum: !endsWithProduct, &edit)
    let product = edit.emit(Mul(), x.id, edit.constant(factor))
    try edit.replace(outer.result, withSameShape: edit.emit(Add(), product, edit.constant(term)))
  }

  private func inner(_ value: MatchedValue, isProduct: Bool) throws(NoMatch) -> (x: MatchedValue, constant: MatchedValue) {
    let node = try value.anyProducer()
    try require(isProduct ? node.op is Mul : node.op is Add, "the operand is the result of another operator")
    try value.requireSoleUse()
    try require(!value.isErfGelu, "the operand is a Gaussian error unit")
    return try node.constantLast()
  }
}
