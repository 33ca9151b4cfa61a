import Diagnostics
import GraphIR
import Tensors

/// The convolution of 8-bit integers, less their zero points, in 32-bit integers; padding counts as the zero point.
/// The weights' zero point is one for all or one for each output channel.
public struct ConvInteger: Evaluable {
  public enum Operand: Int, OperandSlot {
    case x, weight, xZeroPoint, weightZeroPoint
    public var arity: Arity { rawValue < 2 ? .one : .optional }
  }
  public static let name = "ConvInteger"
  public static let since = 10
  public static let attributes: [AttributeSpec<Self>] = [
    .choice("auto_pad", \.convolution.autoPad), .ints("dilations", \.convolution.dilations), .int("group", \.convolution.group),
    .ints("kernel_shape", \.convolution.kernelShape), .ints("pads", \.convolution.pads), .ints("strides", \.convolution.strides),
  ]
  /// The convolution that this would be of floats.
  public var convolution = Conv()
  public init() {}

  public func infer(_ operands: Operands<Operand, Fact>) throws(ModelError) -> [Fact] {
    let (x, weight) = try (operands.one(.x), operands.one(.weight))
    return try convolution.infer(Operands([.tensor(.int32, x.shape), .tensor(.int32, weight.shape)]))
  }

  public func evaluate(_ operands: Operands<Operand, Tensor>) throws(ModelError) -> [Tensor] {
    [try convolution.integers(operands.one(.x), operands.one(.weight), operands[.xZeroPoint], operands[.weightZeroPoint], bias: nil)]
  }
}

extension Conv {
  /// The convolution of integers less their zero points, in 32 bits.
  func integers(
    _ x: Tensor, _ weight: Tensor, _ xZeroPoint: Tensor?, _ weightZeroPoint: Tensor?, bias: Tensor?
  ) throws(ModelError) -> Tensor {
    try check(x, weight, bias)
    if let zero = xZeroPoint, zero.count != 1 { throw ModelError(.typeMismatch, "zero points of shape \(zero.shape)") }
    let perChannel = try weightZeroPoint.map { (zero) throws(ModelError) in
      try zero.count == 1 ? zero : zero.reshaped(to: [zero.count] + [Int](repeating: 1, count: weight.rank - 1))
    }
    let (from, kernel) = (try centred(x, xZeroPoint, perRow: false), try centred(weight, perChannel, perRow: false))
    return try convolveGathered(
      from, kernel, bias?.elements(as: Int32.self), window(weight: weight.shape), groups: group, Int32.self)
  }
}

/// The convolution of quantised operands, quantised: `conv(x - zx, w - zw) + bias`, times `sx·sw/sy`, rounded, plus `zy`,
/// saturated. Scale and zero point of the weights are one for all or one for each output channel; the bias has 32 bits and the
/// scale `sx·sw`.
public struct QLinearConv: Evaluable {
  public enum Operand: Int, OperandSlot {
    case x, xScale, xZeroPoint, weight, weightScale, weightZeroPoint, yScale, yZeroPoint, bias
    public var arity: Arity { self == .bias ? .optional : .one }
  }
  public static let name = "QLinearConv"
  public static let since = 10
  public static let attributes: [AttributeSpec<Self>] = [
    .choice("auto_pad", \.convolution.autoPad), .ints("dilations", \.convolution.dilations), .int("group", \.convolution.group),
    .ints("kernel_shape", \.convolution.kernelShape), .ints("pads", \.convolution.pads), .ints("strides", \.convolution.strides),
  ]
  public var convolution = Conv()
  public init() {}

  public func infer(_ operands: Operands<Operand, Fact>) throws(ModelError) -> [Fact] {
    let (x, weight) = try (operands.one(.x), operands.one(.weight))
    let result = try convolution.infer(Operands([.tensor(.int32, x.shape), .tensor(.int32, weight.shape)]))[0]
    return [try operands.one(.yZeroPoint).reshaped(result.shape)]
  }

  public func evaluate(_ operands: Operands<Operand, Tensor>) throws(ModelError) -> [Tensor] {
    let sums = try convolution.integers(
      operands.one(.x), operands.one(.weight), operands.one(.xZeroPoint), operands.one(.weightZeroPoint), bias: operands[.bias])
    let scale = try operands.one(.weightScale)
    let perChannel = scale.count == 1 ? [] : [scale.count] + [Int](repeating: 1, count: sums.rank - 2)
    let inputs = try operands.one(.xScale).converted(to: .float32).reshaped(to: [])
    let outputs = try operands.one(.yScale).converted(to: .float32).reshaped(to: [])
    let factors = try calculate(.divide, calculate(.multiply, inputs, scale.converted(to: .float32).reshaped(to: perChannel)), outputs)
    let scaled = try calculate(.multiply, sums.converted(to: .float32), factors)
    guard scaled.shape == sums.shape else { throw ModelError(.typeMismatch, "scales of shape \(scale.shape) for \(sums.shape)") }
    return [try requantized(scaled, operands.one(.yZeroPoint))]
  }
}
