import Diagnostics
import GraphIR
import Tensors

/// `MaxPool` of 8-bit integers whose channels are the last axis: `[N, spatial…, C]`.
public struct NhwcMaxPool: Evaluable {
  public typealias Operand = UnaryOperand
  public static let name = "NhwcMaxPool"
  public static let domain = "com.microsoft"
  public static let since = 1
  public static let attributes: [AttributeSpec<Self>] = [
    .choice("auto_pad", \.pool.autoPad), .bool("ceil_mode", \.pool.ceilMode), .ints("dilations", \.pool.dilations),
    .ints("kernel_shape", \.pool.kernelShape), .ints("pads", \.pool.pads), .ints("strides", \.pool.strides),
  ]
  /// The same with channels first.
  public var pool = MaxPool()
  public init() {}

  public func infer(_ operands: Operands<UnaryOperand, Fact>) throws(ModelError) -> [Fact] {
    let x = try operands.one(.x)
    try require(x, "an 8-bit integer") { $0 == .int8 || $0 == .uint8 }
    try requireRank(x, 3..., "x")
    let moved = try x.shape.map { (shape) throws(ModelError) in try x.reshaped([shape[0], shape[shape.count - 1]] + shape[1..<shape.count - 1]) }
    let result = try pool.infer(Operands([moved ?? x]))[0]
    guard let shape = result.shape, shape.count >= 2 else { return [try x.reshaped(nil)] }
    return [try x.reshaped([shape[0]] + shape[2...] + [shape[1]])]
  }

  public func evaluate(_ operands: Operands<UnaryOperand, Tensor>) throws(ModelError) -> [Tensor] {
    let x = try operands.one(.x)
    guard x.rank >= 3 else { throw ModelError(.typeMismatch, "x has rank \(x.rank)") }
    let result = try pool.evaluate(Operands([x.channelsFirst()]))[0]
    return [try result.channelsLast()]
  }
}

extension Tensor {
  /// `[N, spatial…, C]` as `[N, C, spatial…]`; the rank is at least 2.
  func channelsFirst() throws(ModelError) -> Tensor { try transposed([0, rank - 1] + Array(1..<rank - 1)) }

  /// `[N, C, spatial…]` as `[N, spatial…, C]`; the rank is at least 2.
  func channelsLast() throws(ModelError) -> Tensor { try transposed([0] + Array(2..<rank) + [1]) }
}
