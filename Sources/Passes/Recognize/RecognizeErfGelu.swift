import GraphIR
import Operators
import Rewriting

/// Makes `Gelu` of its definition by the error function, in any algebraic form. Exact up to rounding. From operator set 20.
///
///     %e = Erf(%x · 1/√2)
///     %y = ½·%x·(1 + %e)     →   %y = Gelu(%x)
package struct RecognizeErfGelu: RewriteRule {
  package static let rounds = true
  package init() {}

  package func rewrite(_ erf: Matched<Erf>, _ edit: inout Edit) throws(NoMatch) {
    try erf.node.requireOpset(20)
    let (x, y) = try erf.gelu()
    try edit.replace(y, withSameShape: edit.emit(Gelu(), x))
  }
}

extension Matched<Erf> {
  /// `x` and `½·x·(1 + erf(x/√2))` around this node.
  func gelu() throws(NoMatch) -> (x: ValueID, y: MatchedValue) {
    let argument = try self[.x]
    let tolerance = argument.constantTolerance
    let (source, scale, shift) = argument.line
    try require(shift == 0 && abs(scale - 0.5.squareRoot()) <= tolerance, "the argument of Erf is not x/√2")
    let (x, erf) = (source.id, result.id)
    // Half of x may be computed once for both terms.
    let halves = source.users.filter { (try? $0.uniformScale()) == 0.5 }.map(\.result.id)
    let y = try result.following { sum in
      sum.matches([[x]: 0.5, [x, erf]: 0.5], tolerance) || halves.contains { sum.matches([[$0]: 1, [$0, erf]: 1], tolerance) }
    }
    return (x, y)
  }
}
