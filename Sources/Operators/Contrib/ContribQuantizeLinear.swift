import Diagnostics
import GraphIR
import Tensors

/// As the standard operator, except that without `axis` there is one scale.
public struct ContribQuantizeLinear: Evaluable {
  public typealias Operand = QuantizationOperand
  public static let name = "QuantizeLinear"
  public static let domain = "com.microsoft"
  public static let since = 1
  public static let attributes: [AttributeSpec<Self>] = [.optionalInt("axis", \.axis)]
  public var axis: Int?
  public init() {}

  /// The standard operator that does the same.
  package var standard: QuantizeLinear {
    var op = QuantizeLinear()
    op.axis = axis ?? 1
    return op
  }

  public func infer(_ operands: Operands<QuantizationOperand, Fact>) throws(ModelError) -> [Fact] {
    if axis == nil { try requireSingle(operands[.scale], "scale") }
    return try standard.infer(operands)
  }

  public func evaluate(_ operands: Operands<QuantizationOperand, Tensor>) throws(ModelError) -> [Tensor] {
    try standard.evaluate(operands)
  }
}

/// As the standard operator, except that without `axis` there is one scale.
public struct ContribDequantizeLinear: Evaluable {
  public typealias Operand = QuantizationOperand
  public static let name = "DequantizeLinear"
  public static let domain = "com.microsoft"
  public static let since = 1
  public static let attributes: [AttributeSpec<Self>] = [.optionalInt("axis", \.axis)]
  public var axis: Int?
  public init() {}

  /// The standard operator that does the same.
  package var standard: DequantizeLinear {
    var op = DequantizeLinear()
    op.axis = axis ?? 1
    return op
  }

  public func infer(_ operands: Operands<QuantizationOperand, Fact>) throws(ModelError) -> [Fact] {
    if axis == nil { try requireSingle(operands[.scale], "scale") }
    return try standard.infer(operands)
  }

  public func evaluate(_ operands: Operands<QuantizationOperand, Tensor>) throws(ModelError) -> [Tensor] {
    try standard.evaluate(operands)
  }
}
