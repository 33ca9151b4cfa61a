import Diagnostics
import GraphIR
import Tensors

/// `Softmax` of a quantised tensor, as operator set `opset` has it: below 13 over all axes from `axis` on.
public struct QLinearSoftmax: Evaluable {
  public typealias Operand = QLinearUnaryOperand
  public static let name = "QLinearSoftmax"
  public static let domain = "com.microsoft"
  public static let since = 1
  public static let attributes: [AttributeSpec<Self>] = [.optionalInt("axis", \.axis), .int("opset", \.opset)]
  /// Absent means 1 below operator set 13, and the last axis from there on.
  public var axis: Int?
  public var opset = 0
  public init() {}

  /// The same for floats.
  public var softmax: Softmax {
    var softmax = Softmax()
    softmax.coerced = opset < 13
    softmax.axis = axis ?? (softmax.coerced ? 1 : -1)
    return softmax
  }

  public func infer(_ operands: Operands<QLinearUnaryOperand, Fact>) throws(ModelError) -> [Fact] {
    let x = try checkQuantized(operands)
    _ = try softmax.infer(Operands([.tensor(.float32, x.shape)]))
    return [Fact(type: x.type)]
  }

  public func evaluate(_ operands: Operands<QLinearUnaryOperand, Tensor>) throws(ModelError) -> [Tensor] {
    let x = try operands.one(.x)
    let numbers = try operands.quantization(at: 1, element: x.element).numbers(x)
    return [try operands.quantization(at: 3, element: x.element).quantized(softmax.evaluate(Operands([numbers]))[0])]
  }
}
