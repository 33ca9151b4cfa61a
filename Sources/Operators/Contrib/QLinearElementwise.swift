import Diagnostics
import GraphIR
import Tensors

public enum QLinearBinaryOperand: Int, OperandSlot {
  case a, aScale, aZero, b, bScale, bZero, scale, zero
  public var arity: Arity { self == .aZero || self == .bZero || self == .zero ? .optional : .one }
}

/// A function of two broadcast 8-bit tensors, each with a scale and zero point, in an 8-bit tensor with another.
protocol QLinearBinary: Evaluable where Operand == QLinearBinaryOperand {
  var function: Arithmetic { get }
}

extension QLinearBinary {
  public func infer(_ operands: Operands<QLinearBinaryOperand, Fact>) throws(ModelError) -> [Fact] {
    let (a, b) = try (operands.one(.a), operands.one(.b))
    try requireByte(a)
    for (slot, name) in [(Operand.aScale, "a_scale"), (.bScale, "b_scale"), (.scale, "scale")] { try requireSingle(operands[slot], name) }
    _ = try commonElement([a, operands[.aZero], b, operands[.bZero], operands[.zero]])
    return [try inferBroadcast([a, b])]
  }

  public func evaluate(_ operands: Operands<QLinearBinaryOperand, Tensor>) throws(ModelError) -> [Tensor] {
    let (a, b) = try (operands.one(.a), operands.one(.b))
    let x = try operands.quantization(at: 1, element: a.element).numbers(a)
    let y = try operands.quantization(at: 4, element: a.element).numbers(b)
    return [try operands.quantization(at: 6, element: a.element).quantized(calculate(function, x, y))]
  }
}

/// `a + b` of quantised tensors.
public struct QLinearAdd: QLinearBinary {
  public typealias Operand = QLinearBinaryOperand
  public static let name = "QLinearAdd"
  public static let domain = "com.microsoft"
  public static let since = 1
  public init() {}
  var function: Arithmetic { .add }
}

/// `a · b` of quantised tensors.
public struct QLinearMul: QLinearBinary {
  public typealias Operand = QLinearBinaryOperand
  public static let name = "QLinearMul"
  public static let domain = "com.microsoft"
  public static let since = 1
  public init() {}
  var function: Arithmetic { .multiply }
}

public enum QLinearUnaryOperand: Int, OperandSlot {
  case x, xScale, xZero, scale, zero
  public var arity: Arity { self == .xZero || self == .zero ? .optional : .one }
}

/// A function of the elements of an 8-bit tensor with a scale and zero point, in an 8-bit tensor with another.
protocol QLinearUnary: Evaluable where Operand == QLinearUnaryOperand {
  associatedtype Function: ElementwiseUnary
  var function: Function { get }
}

/// Refuses operands of one quantised tensor that do not fit.
func checkQuantized(_ operands: Operands<QLinearUnaryOperand, Fact>) throws(ModelError) -> Fact {
  let x = try operands.one(.x)
  try requireByte(x)
  try requireSingle(operands[.xScale], "x_scale")
  try requireSingle(operands[.scale], "scale")
  _ = try commonElement([x, operands[.xZero], operands[.zero]])
  return x
}

extension QLinearUnary {
  public func infer(_ operands: Operands<QLinearUnaryOperand, Fact>) throws(ModelError) -> [Fact] {
    [Fact(type: try checkQuantized(operands).type)]
  }

  public func evaluate(_ operands: Operands<QLinearUnaryOperand, Tensor>) throws(ModelError) -> [Tensor] {
    let x = try operands.one(.x)
    let numbers = try operands.quantization(at: 1, element: x.element).numbers(x)
    return [try operands.quantization(at: 3, element: x.element).quantized(mapElements(of: numbers, by: function))]
  }
}

/// The logistic function of a quantised tensor.
public struct QLinearSigmoid: QLinearUnary {
  public typealias Operand = QLinearUnaryOperand
  public static let name = "QLinearSigmoid"
  public static let domain = "com.microsoft"
  public static let since = 1
  public init() {}
  var function: Sigmoid { Sigmoid() }
}

/// `x` where it is not negative, else `alpha · x`, of a quantised tensor.
public struct QLinearLeakyRelu: QLinearUnary {
  public typealias Operand = QLinearUnaryOperand
  public static let name = "QLinearLeakyRelu"
  public static let domain = "com.microsoft"
  public static let since = 1
  public static let attributes: [AttributeSpec<Self>] = [.float("alpha", \.alpha)]
  public var alpha: Float = 0.01
  public init() {}

  var function: LeakyRelu {
    var op = LeakyRelu()
    op.alpha = alpha
    return op
  }
}
