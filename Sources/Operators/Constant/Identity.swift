import Diagnostics
import GraphIR
import Tensors

/// Its operand, of any type, unchanged.
public struct Identity: ViewsOperand, StructuredEvaluable {
  public typealias Operand = UnaryOperand
  public static let name = "Identity"
  public static let since = 25
  public init() {}

  public func infer(_ operands: Operands<UnaryOperand, Fact>) throws(ModelError) -> [Fact] { [try operands.one(.x)] }
  public func evaluate(_ operands: Operands<UnaryOperand, Tensor>) throws(ModelError) -> [Tensor] { [try operands.one(.x)] }
  public func evaluate(values: Operands<UnaryOperand, RuntimeValue>) throws(ModelError) -> [RuntimeValue] { [try values.one(.x)] }
}
