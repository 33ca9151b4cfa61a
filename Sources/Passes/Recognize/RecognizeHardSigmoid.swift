import GraphIR
import Operators
import Rewriting

/// Makes `HardSigmoid` of a clipped straight line, scaled before or after, and the factor that it gates. Exact up to rounding.
///
///     %c = Clip(a·%x + b, 0, h)
///     %y = 1/h · %c · %v          →   %y = Mul(%v, HardSigmoid(%x) {alpha: a/h, beta: b/h})
///
/// and the same without a factor `%v`. So `x·relu6(x + 3)/6`, in any order, takes two nodes.
package struct RecognizeHardSigmoid: RewriteRule {
  package static let rounds = true
  package init() {}

  package func rewrite(_ clip: Matched<Clip>, _ edit: inout Edit) throws(NoMatch) {
    let argument = try clip[.x]
    try argument.requireSinglePrecision()
    let (x, scale, shift) = argument.line
    try require(x != argument, "the operand is not a scaled and shifted value")
    let (low, high) = try (bound(clip, .min), bound(clip, .max))
    try require(low == 0 && high > 0 && high.isFinite, "the bounds are not 0 and a positive number")
    var op = HardSigmoid()
    (op.alpha, op.beta) = (Float(scale / high), Float(shift / high))
    try finish(clip.result, high, edit.emit(op, x.id), &edit)
  }

  private func bound(_ clip: Matched<Clip>, _ slot: Clip.Operand) throws(NoMatch) -> Double {
    guard let bound = clip.ifPresent(slot) else { throw NoMatch("a bound is absent") }
    return try bound.number()
  }

  private func finish(_ clipped: MatchedValue, _ high: Double, _ gate: ValueID, _ edit: inout Edit) throws(NoMatch) {
    if high == 1 { return try edit.replace(clipped, withSameShape: gate) }
    var factor: ValueID?
    let y = try clipped.following { expression in
      guard let (factors, coefficient) = expression.product, let index = factors.firstIndex(of: clipped.id), factors.count <= 2,
        abs(coefficient * high - 1) <= clipped.constantTolerance
      else { return false }
      factor = factors.count == 2 ? factors[1 - index] : nil
      return true
    }
    try edit.replace(y, withSameShape: factor.map { edit.emit(Mul(), $0, gate) } ?? gate)
  }
}
