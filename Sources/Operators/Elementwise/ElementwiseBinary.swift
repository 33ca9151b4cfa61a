import Diagnostics
import GraphIR
import Tensors

/// Two operands of one element type, broadcast against each other, and one function of two elements.
public protocol ElementwiseBinary: Evaluable where Operand == BinaryOperand {
  /// True when exchanging the operands changes nothing.
  static var isCommutative: Bool { get }
}

public enum BinaryOperand: Int, OperandSlot { case a, b }

/// All of them. Asking a type at run time whether it is one is a search through every conformance in the program.
package let elementwiseBinaries: [any Operator.Type] = [
  Add.self, And.self, BitwiseAnd.self, BitwiseOr.self, BitwiseXor.self, Div.self, Equal.self, Greater.self, GreaterOrEqual.self,
  Less.self, LessOrEqual.self, Mod.self, Mul.self, Or.self, Pow.self, Sub.self, Xor.self,
]

extension ElementwiseBinary {
  public static var isCommutative: Bool { false }
}

/// The arithmetic of `Add`, `Sub`, `Mul` and their like.
protocol ArithmeticBinary: ElementwiseBinary, OverwritesOperand {
  var arithmetic: Arithmetic { get }
  /// What is known of the result's element when the operands' elements are known.
  func combine(_ a: Dim, _ b: Dim) -> Dim?
}

extension ArithmeticBinary {
  public func infer(_ operands: Operands<BinaryOperand, Fact>) throws(ModelError) -> [Fact] {
    let a = try operands.one(.a)
    let b = try operands.one(.b)
    try require(a, "a number") { $0.isFloatingPoint || $0.isInteger }
    return [try inferBroadcast([a, b]) { combine($0[0], $0[1]) }]
  }

  public func evaluate(_ operands: Operands<BinaryOperand, Tensor>) throws(ModelError) -> [Tensor] {
    [try calculate(arithmetic, operands.one(.a), operands.one(.b))]
  }
}
