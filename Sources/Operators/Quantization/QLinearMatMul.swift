import Diagnostics
import GraphIR
import Tensors

/// The matrix product of quantised operands, quantised: `((a - za)·(b - zb)) · sa·sb/sy`, rounded, plus `zy`, saturated.
///
/// Scale and zero point of `a` are one for all or one for each row, those of `b` one for all or one for each column.
public struct QLinearMatMul: Evaluable {
  public enum Operand: Int, OperandSlot { case a, aScale, aZeroPoint, b, bScale, bZeroPoint, yScale, yZeroPoint }
  public static let name = "QLinearMatMul"
  public static let since = 21
  public init() {}

  public func infer(_ operands: Operands<Operand, Fact>) throws(ModelError) -> [Fact] {
    let facts = [Fact.tensor(.float32, try operands.one(.a).shape), .tensor(.float32, try operands.one(.b).shape)]
    let product = try MatMul().infer(Operands(facts))[0]
    return [try operands.one(.yZeroPoint).reshaped(product.shape)]
  }

  public func evaluate(_ operands: Operands<Operand, Tensor>) throws(ModelError) -> [Tensor] {
    let (a, b) = try (operands.one(.a), operands.one(.b))
    let product: Tensor
    if a.element.isInteger, b.element.isInteger {
      product = try matrixProduct(
        centred(a, operands.one(.aZeroPoint), perRow: true), centred(b, operands.one(.bZeroPoint), perRow: false)
      ).converted(to: .float32)
    } else {
      product = try matrixProduct(a.converted(to: .float32), b.converted(to: .float32))
    }
    let factors = try calculate(
      .multiply, factor(operands.one(.aScale), perRow: true), factor(operands.one(.bScale), perRow: false))
    let scaled = try calculate(.multiply, product, calculate(.divide, factors, factor(operands.one(.yScale), perRow: true)))
    guard scaled.shape == product.shape else { throw ModelError(.typeMismatch, "scales do not fit \(product.shape)") }
    return [try requantized(scaled, operands.one(.yZeroPoint))]
  }

  private func factor(_ scale: Tensor, perRow: Bool) throws(ModelError) -> Tensor {
    let shape = scale.count == 1 ? [] : perRow && scale.rank == 1 ? [scale.count, 1] : scale.shape
    return try scale.converted(to: .float32).reshaped(to: shape)
  }
}

/// 32-bit floats rounded to the nearest integers, the even one of two, plus the zero point, in its element type, saturated.
/// Narrow floats are rounded as in `Cast`.
func requantized(_ x: Tensor, _ zeroPoint: Tensor) throws(ModelError) -> Tensor {
  let target = zeroPoint.element
  let shift = try zeroPoint.reshaped(to: zeroPoint.count == 1 ? [] : zeroPoint.shape).doubles()
  guard shift.count == 1, let zero = shift.first else { throw ModelError(.typeMismatch, "a zero point of shape \(zeroPoint.shape)") }
  guard target.isInteger else { return try x.converted(to: target) }
  let (low, high) = integerRange(target)
  let numbers = try x.elements(as: Float.self).map { value -> Int32 in
    let shifted = Double(value.rounded(.toNearestOrEven)) + zero
    return shifted.isNaN ? 0 : Int32(min(max(shifted, low), high))
  }
  return try Tensor(.int32, x.shape, elements: numbers).converted(to: target)
}
