import Diagnostics
import GraphIR
import Tensors

/// `Where` of two quantised tensors, each with a scale and zero point, in a quantised tensor with another.
public struct QLinearWhere: Evaluable {
  public enum Operand: Int, OperandSlot { case condition, a, aScale, aZero, b, bScale, bZero, scale, zero }
  public static let name = "QLinearWhere"
  public static let domain = "com.microsoft"
  public static let since = 1
  public init() {}

  public func infer(_ operands: Operands<Operand, Fact>) throws(ModelError) -> [Fact] {
    let (a, b) = try (operands.one(.a), operands.one(.b))
    try requireByte(a)
    for (slot, name) in [(Operand.aScale, "x_scale"), (.bScale, "y_scale"), (.scale, "z_scale")] { try requireSingle(operands[slot], name) }
    _ = try commonElement([a, operands[.aZero], b, operands[.bZero], operands[.zero]])
    return try Where().infer(Operands([operands.one(.condition), a, b]))
  }

  public func evaluate(_ operands: Operands<Operand, Tensor>) throws(ModelError) -> [Tensor] {
    let (a, b) = try (operands.one(.a), operands.one(.b))
    let x = try operands.quantization(at: 2, element: a.element).numbers(a)
    let y = try operands.quantization(at: 5, element: a.element).numbers(b)
    let chosen = try Where().evaluate(Operands([operands.one(.condition), x, y]))[0]
    return [try operands.quantization(at: 7, element: a.element).quantized(chosen)]
  }
}
