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
    let (quantized, scale) = try quantizedByRange(a)
    var weights = try b.converted(to: .float32)
    if let zero = operands[.bZero] { weights = try calculate(.subtract, weights, zero.converted(to: .float32)) }
    // Sums of products of bytes are integers; 64-bit floats hold them exactly.
    let product = try matrixProduct(quantized.converted(to: .float64), weights.converted(to: .float64))
    let factors = try calculate(.multiply, bScale.converted(to: .float64), Tensor(.float64, [], elements: [Double(scale)]))
    var result = try calculate(.multiply, product, factors).converted(to: .float32)
    if let bias = operands[.bias] { result = try calculate(.add, result, bias) }
    return [result]
  }
}

/// `x` as unsigned bytes minus their zero point, and the scale: as `DynamicQuantizeLinear` chooses them.
func quantizedByRange(_ x: Tensor) throws(ModelError) -> (centred: Tensor, scale: Float) {
  let values = try x.floats()
  let low = values.reduce(Float(0), min)
  let high = values.reduce(Float(0), max)
  let span = (high - low) / 255
  let scale = span == 0 ? 1 : span
  let zero = min(max((-low / scale).rounded(.toNearestOrEven), 0), 255)
  let centred = values.map { value -> Float in
    let quantized = (value / scale).rounded(.toNearestOrEven) + zero
    return quantized.isNaN ? 0 : min(max(quantized, 0), 255) - zero
  }
  return (try Tensor(.float32, x.shape, elements: centred), scale)
}
