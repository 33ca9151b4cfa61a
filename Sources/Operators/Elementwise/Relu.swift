import Diagnostics
import GraphIR
import Tensors

/// `max(x, 0)`, element by element. A NaN stays one.
public struct Relu: ElementwiseUnary {
  public static let name = "Relu"
  public static let since = 14
  public init() {}

  public func apply(_ x: Float) -> Float { x < 0 ? 0 : x }
  public func apply(_ x: Double) -> Double { x < 0 ? 0 : x }

  public func evaluate(_ operands: Operands<UnaryOperand, Tensor>) throws(ModelError) -> [Tensor] { [] }
}
