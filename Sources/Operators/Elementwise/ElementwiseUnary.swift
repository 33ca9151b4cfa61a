import Diagnostics
import GraphIR
import Tensors

/// One operand in, one result out, the same function at every element; element type and shape are kept.
public protocol ElementwiseUnary: OverwritesOperand where Operand == UnaryOperand {
  func apply(_ x: Float) -> Float
  func apply(_ x: Double) -> Double
}

public enum UnaryOperand: Int, OperandSlot { case x }

extension ElementwiseUnary {
  public func infer(_ operands: Operands<UnaryOperand, Fact>) throws(ModelError) -> [Fact] {
    let x = try operands.one(.x)
    try require(x, "a number") { $0.isFloatingPoint || (self is any IntegerUnary && $0.isInteger) }
    return [Fact(type: x.type)]
  }

  public func apply(_ x: Float) -> Float { Float(apply(Double(x))) }

  public func evaluate(_ operands: Operands<UnaryOperand, Tensor>) throws(ModelError) -> [Tensor] {
    [try mapElements(of: operands.one(.x), by: self)]
  }
}

/// An element-wise function that is defined for integers too.
protocol IntegerUnary {
  /// For signed integers; the result wraps to the element's width.
  func apply(_ x: Int64) -> Int64
  /// For unsigned integers.
  func apply(_ x: UInt64) -> UInt64
}

extension IntegerUnary {
  func apply(_ x: UInt64) -> UInt64 { x }
}
