import Diagnostics
import GraphIR
import Tensors

/// 1 where `x` is greater than `threshold`, else 0.
public struct Binarizer: Evaluable {
  public typealias Operand = UnaryOperand
  public static let name = "Binarizer"
  public static let domain = "ai.onnx.ml"
  public static let since = 1
  public static let attributes: [AttributeSpec<Self>] = [.float("threshold", \.threshold)]
  public var threshold: Float = 0
  public init() {}

  public func infer(_ operands: Operands<UnaryOperand, Fact>) throws(ModelError) -> [Fact] {
    let x = try operands.one(.x)
    try require(x, "a number") { $0.isInteger || $0.isFloatingPoint }
    return [Fact(type: x.type)]
  }

  public func evaluate(_ operands: Operands<UnaryOperand, Tensor>) throws(ModelError) -> [Tensor] {
    let x = try operands.one(.x)
    let limit = Double(threshold)
    return [try Tensor(.uint8, x.shape, elements: x.doubles().map { $0 > limit ? UInt8(1) : 0 }).converted(to: x.element)]
  }
}
