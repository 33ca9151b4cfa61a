import GraphIR
import Operators
import Rewriting

/// Makes `Gelu` of its approximation by the hyperbolic tangent, in any algebraic form. Exact up to rounding. From operator set 20.
///
///     %t = Tanh(√(2/π)·(%x + 0.044715·%x³))
///     %y = ½·%x·(1 + %t)                      →   %y = Gelu(%x) {approximate: "tanh"}
package struct RecognizeTanhGelu: RewriteRule {
  package static let rounds = true
  package init() {}

  package func rewrite(_ tanh: Matched<Tanh>, _ edit: inout Edit) throws(NoMatch) {
    try tanh.node.requireOpset(20)
    let argument = try tanh[.x]
    let tolerance = argument.constantTolerance
    let expression = argument.expression
    let scale = (2 / Double.pi).squareRoot()
    guard let x = expression.terms.keys.first(where: { $0.count == 1 })?[0],
      expression.matches([[x]: scale, [x, x, x]: scale * 0.044715], max(tolerance, 1e-4))
    else { throw NoMatch("the argument of Tanh is another polynomial", argument.id) }
    let tanh = tanh.result
    let y = try tanh.following { $0.matches([[x]: 0.5, [x, tanh.id]: 0.5], tolerance) }
    var gelu = Gelu()
    gelu.approximate = .tanh
    try edit.replace(y, withSameShape: edit.emit(gelu, x))
  }
}
