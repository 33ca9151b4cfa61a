import Diagnostics
import GraphIR
import Operators
import Rewriting
import Tensors

/// The error function by elementary ones: Abramowitz and Stegun 7.1.26, wrong by at most 1.5e-7.
///
///     erf(x) ≈ sign(x) · (1 - (((((a5·t + a4)·t) + a3)·t + a2)·t + a1)·t · exp(-x²)),   t = 1 / (1 + p·|x|)
struct ApproximateErf: RewriteRule {
  private static let p: Float = 0.3275911
  /// From the highest power down.
  private static let coefficients: [Float] = [1.061405429, -1.453152027, 1.421413741, -0.284496736, 0.254829592]

  func rewrite(_ erf: Matched<Erf>, _ edit: inout Edit) throws(NoMatch) {
    let x = try erf[.x]
    try require(try x.elementType() == .float32, "not of 32-bit floats")
    func number(_ value: Float, _ edit: inout Edit) throws(NoMatch) -> ValueID {
      edit.constant(try edit.computing { () throws(ModelError) in try Tensor.scalar(value) })
    }
    let one = try number(1, &edit)
    let size = edit.emit(Abs(), x.id)
    let t = edit.emit(Div(), one, edit.emit(Add(), edit.emit(Mul(), size, try number(Self.p, &edit)), one))
    var sum = edit.emit(Mul(), t, try number(Self.coefficients[0], &edit))
    for coefficient in Self.coefficients.dropFirst() { sum = edit.emit(Mul(), edit.emit(Add(), sum, try number(coefficient, &edit)), t) }
    let bell = edit.emit(Exp(), edit.emit(Neg(), edit.emit(Mul(), size, size)))
    let rest = edit.emit(Sub(), one, edit.emit(Mul(), sum, bell))
    edit.replace(erf.result, with: edit.emit(Mul(), edit.emit(Sign(), x.id), rest))
  }
}
