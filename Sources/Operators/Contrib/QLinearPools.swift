import Diagnostics
import GraphIR
import Tensors

/// `AveragePool` of a quantised tensor; `channels_last` says that the channels are its last axis.
public struct QLinearAveragePool: Evaluable {
  public typealias Operand = QLinearUnaryOperand
  public static let name = "QLinearAveragePool"
  public static let domain = "com.microsoft"
  public static let since = 1
  public static let attributes: [AttributeSpec<Self>] = [
    .choice("auto_pad", \.pool.autoPad), .bool("ceil_mode", \.pool.ceilMode), .bool("channels_last", \.channelsLast),
    .bool("count_include_pad", \.pool.countIncludePad), .ints("kernel_shape", \.pool.kernelShape), .ints("pads", \.pool.pads),
    .ints("strides", \.pool.strides),
  ]
  public var channelsLast = false
  /// The same for floats with channels first.
  public var pool = AveragePool()
  public init() {}

  public func infer(_ operands: Operands<QLinearUnaryOperand, Fact>) throws(ModelError) -> [Fact] {
    let x = try checkQuantized(operands)
    try requireRank(x, 3..., "x")
    return [try inferPooled(x, channelsLast: channelsLast) { (moved) throws(ModelError) in try pool.infer(Operands([moved]))[0] }]
  }

  public func evaluate(_ operands: Operands<QLinearUnaryOperand, Tensor>) throws(ModelError) -> [Tensor] {
    try evaluatePooled(operands, channelsLast: channelsLast) { (numbers) throws(ModelError) in
      try pool.evaluate(Operands([numbers]))[0]
    }
  }
}

/// `GlobalAveragePool` of a quantised tensor; `channels_last` says that the channels are its last axis.
public struct QLinearGlobalAveragePool: Evaluable {
  public typealias Operand = QLinearUnaryOperand
  public static let name = "QLinearGlobalAveragePool"
  public static let domain = "com.microsoft"
  public static let since = 1
  public static let attributes: [AttributeSpec<Self>] = [.bool("channels_last", \.channelsLast)]
  public var channelsLast = false
  public init() {}

  public func infer(_ operands: Operands<QLinearUnaryOperand, Fact>) throws(ModelError) -> [Fact] {
    let x = try checkQuantized(operands)
    try requireRank(x, 3..., "x")
    return [
      try inferPooled(x, channelsLast: channelsLast) { (moved) throws(ModelError) in
        try moved.reshaped(moved.shape.map { shape in shape.indices.map { $0 < 2 ? shape[$0] : 1 } })
      }
    ]
  }

  public func evaluate(_ operands: Operands<QLinearUnaryOperand, Tensor>) throws(ModelError) -> [Tensor] {
    try evaluatePooled(operands, channelsLast: channelsLast) { (numbers) throws(ModelError) in
      try GlobalAveragePool().pooled(numbers)
    }
  }
}

private func inferPooled(
  _ x: Fact, channelsLast: Bool, _ pool: (Fact) throws(ModelError) -> Fact
) throws(ModelError) -> Fact {
  guard channelsLast else { return try x.reshaped(pool(x).shape) }
  guard let shape = x.shape else { return try x.reshaped(nil) }
  let pooled = try pool(x.reshaped([shape[0], shape[shape.count - 1]] + shape[1..<shape.count - 1]))
  return try x.reshaped(pooled.shape.map { [$0[0]] + $0[2...] + [$0[1]] })
}

private func evaluatePooled(
  _ operands: Operands<QLinearUnaryOperand, Tensor>, channelsLast: Bool, _ pool: (Tensor) throws(ModelError) -> Tensor
) throws(ModelError) -> [Tensor] {
  let x = try operands.one(.x)
  guard x.rank >= 3 else { throw ModelError(.typeMismatch, "x has rank \(x.rank)") }
  let numbers = try operands.quantization(at: 1, element: x.element).numbers(channelsLast ? x.channelsFirst() : x)
  let result = try operands.quantization(at: 3, element: x.element).quantized(pool(numbers))
  return [channelsLast ? try result.channelsLast() : result]
}
