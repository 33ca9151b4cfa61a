import Diagnostics
import GraphIR
import Tensors

/// The matrix product of quantised operands in floats: `((a - za)·(b - zb)) · sa·sb`, plus a bias.
///
/// Scale and zero point of `b` are one each, or one a column.
public struct MatMulIntegerToFloat: Evaluable {
  public enum Operand: Int, OperandSlot {
    case a, b, aScale, bScale, aZero, bZero, bias
    public var arity: Arity { rawValue < Self.aZero.rawValue ? .one : .optional }
  }
  public static let name = "MatMulIntegerToFloat"
  public static let domain = "com.microsoft"
  public static let since = 1
  public init() {}

  public func infer(_ operands: Operands<Operand, Fact>) throws(ModelError) -> [Fact] {
    let (a, b) = try (operands.one(.a), operands.one(.b))
    try requireByte(a)
    try requireByte(b)
    let shape = try MatMul().infer(Operands([.tensor(.float32, a.shape), .tensor(.float32, b.shape)]))[0].shape
    guard let element = try operands.one(.aScale).element else { return [.unknown] }
    return [.tensor(element, shape)]
  }

  public func evaluate(_ operands: Operands<Operand, Tensor>) throws(ModelError) -> [Tensor] {
    let element = try operands.one(.aScale).element
    let product = try MatMulInteger().evaluate(Operands([operands.one(.a), operands.one(.b), operands[.aZero], operands[.bZero]]))[0]
    let factors = try calculate(.multiply, factor(operands.one(.aScale)), factor(operands.one(.bScale)))
    var result = try calculate(.multiply, product.converted(to: .float32), factors)
    if let bias = operands[.bias] { result = try calculate(.add, result, bias.converted(to: .float32)) }
    guard result.shape == product.shape else { throw ModelError(.typeMismatch, "scales or bias do not fit \(product.shape)") }
    return [try result.converted(to: element)]
  }

  private func factor(_ scale: Tensor) throws(ModelError) -> Tensor {
    try scale.converted(to: .float32).reshaped(to: scale.count == 1 ? [] : scale.shape)
  }
}
