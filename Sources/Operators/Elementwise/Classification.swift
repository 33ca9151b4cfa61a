import Diagnostics
import GraphIR
import Tensors

/// True where `x` is NaN.
public struct IsNaN: Evaluable {
  public typealias Operand = UnaryOperand
  public static let name = "IsNaN"
  public static let since = 20
  public init() {}

  public func infer(_ operands: Operands<UnaryOperand, Fact>) throws(ModelError) -> [Fact] {
    let x = try operands.one(.x)
    try require(x, "a floating-point number") { $0.isFloatingPoint }
    return [.tensor(.bool, x.shape)]
  }

  public func evaluate(_ operands: Operands<UnaryOperand, Tensor>) throws(ModelError) -> [Tensor] {
    let x = try operands.one(.x)
    return [try Tensor(.bool, x.shape, elements: x.doubles().map { $0.isNaN ? UInt8(1) : 0 })]
  }
}

/// True where `x` is infinite, with the signs asked for.
public struct IsInf: Evaluable {
  public typealias Operand = UnaryOperand
  public static let name = "IsInf"
  public static let since = 20
  public static let attributes: [AttributeSpec<Self>] = [
    .bool("detect_negative", \.detectNegative), .bool("detect_positive", \.detectPositive),
  ]
  public var detectNegative = true
  public var detectPositive = true
  public init() {}

  public func infer(_ operands: Operands<UnaryOperand, Fact>) throws(ModelError) -> [Fact] {
    let x = try operands.one(.x)
    try require(x, "a floating-point number") { $0.isFloatingPoint }
    return [.tensor(.bool, x.shape)]
  }

  public func evaluate(_ operands: Operands<UnaryOperand, Tensor>) throws(ModelError) -> [Tensor] {
    let x = try operands.one(.x)
    let found = try x.doubles().map { value in
      value.isInfinite && (value < 0 ? detectNegative : detectPositive) ? UInt8(1) : 0
    }
    return [try Tensor(.bool, x.shape, elements: found)]
  }
}
