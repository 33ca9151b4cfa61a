import Diagnostics
import GraphIR
import Operators
import Rewriting
import Tensors

/// Multiplies by a constant instead of dividing by one, which is quicker. Approximate: rounds once more.
///
///     %y = Div(%x, c)   →   %y = Mul(%x, 1/c)
///
/// Not before `Erf`, where runtimes look for a division by √2.
package struct MultiplyByReciprocal: RewriteRule {
  package init() {}

  package func rewrite(_ quotient: Matched<Div>, _ edit: inout Edit) throws(NoMatch) {
    let (x, divisor) = try (quotient[.a], quotient[.b])
    let tensor = try divisor.constant()
    try require(!x.isConstant && tensor.isFoldable, "the element type of the divisor")
    try require(!quotient.result.users.contains { $0.op is Erf }, "the quotient is that of a Gaussian error unit")
    let inverse = try edit.computing { () throws(ModelError) in
      try (.splat(1, .float64, count: 1).reshaped(to: []) / tensor.cast(to: .float64)).cast(to: tensor.element)
    }
    guard let numbers = try? inverse.doubles(), numbers.allSatisfy({ $0.isNormal }) else { throw NoMatch("a reciprocal is not a normal number") }
    edit.replace(quotient.result, with: edit.emit(Mul(), x.id, edit.constant(inverse)))
  }
}
