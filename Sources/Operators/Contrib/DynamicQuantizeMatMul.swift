import Diagnostics
import GraphIR
import Tensors

/// The matrix product of `a`, quantised to 8 bits by its own range, with the quantised `b`, plus a bias.
///
/// `b`'s scale and zero point are one each, or one a column.
public struct DynamicQuantizeMatMul: Evaluable {
  public enum Operand: Int, OperandSlot {
    case a, b, bScale, bZero, bias
    public var arity: Arity { self == .bZero || self == .bias ? .optional : .one }
  }
  public static let name = "DynamicQuantizeMatMul"
  public static let domain = "com.microsoft"
  public static let since = 1
  public init() {}

  public func infer(_ operands: Operands<Operand, Fact>) throws(ModelError) -> [Fact] {
    let (a, b) = try (operands.one(.a), operands.one(.b))
    try require(a, "f32") { $0 == .float32 }
    try requireByte(b)
    let shape = try MatMul().infer(Operands([.tensor(.float32, a.shape), .tensor(.float32, b.shape)]))[0].shape
    return [.tensor(.float32, shape)]
  }

  public func evaluate(_ operands: Operands<Operand, Tensor>) throws(ModelError) -> [Tensor] {
    let (a, b, bScale) = try (operands.one(.a), operands.one(.b), operands.one(.bScale))
    let quantized = try DynamicQuantizeLinear().evaluate(Operands([a]))
    let product = try MatMulInteger().evaluate(Operands([quantized[0], b, quantized[2], operands[.bZero]]))[0]
    let factors = try calculate(.multiply, bScale.converted(to: .float32), quantized[1])
    let result = try calculate(.multiply, product.converted(to: .float32), factors)
    return [try operands[.bias].map { (bias) throws(ModelError) in try calculate(.add, result, bias) } ?? result]
  }
}
