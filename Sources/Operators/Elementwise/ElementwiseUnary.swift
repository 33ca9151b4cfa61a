import Diagnostics
import GraphIR
import Tensors

/// One operand in, one result out, the same function at every element; element type and shape are kept.
public protocol ElementwiseUnary: Evaluable where Operand == UnaryOperand {
  func apply(_ x: Float) -> Float
  func apply(_ x: Double) -> Double
}

public enum UnaryOperand: Int, OperandSlot { case x }

extension ElementwiseUnary {
  public func infer(_ operands: Operands<UnaryOperand, Fact>) throws(ModelError) -> [Fact] {
    let x = try operands.one(.x)
    _ = try x.tensorType()
    return [Fact(type: x.type)]
  }
}
