import Diagnostics
import GraphIR
import Tensors

/// `x` where `x ≥ 0`, and `slope·x` elsewhere; `slope` broadcasts to the shape of `x`.
public struct PRelu: Evaluable {
  public enum Operand: Int, OperandSlot { case x, slope }
  public static let name = "PRelu"
  public static let since = 16
  public init() {}

  public func infer(_ operands: Operands<Operand, Fact>) throws(ModelError) -> [Fact] {
    let x = try operands.one(.x)
    _ = try commonElement([x, operands.one(.slope)])
    return [Fact(type: x.type)]
  }

  public func evaluate(_ operands: Operands<Operand, Tensor>) throws(ModelError) -> [Tensor] {
    let (x, slope) = try (operands.one(.x), operands.one(.slope))
    guard try broadcast([x.shape, slope.shape]) == x.shape else {
      throw ModelError(.typeMismatch, "slope of shape \(slope.shape) for \(x.shape)")
    }
    return [try calculate(.parametricRelu, x, slope)]
  }
}
