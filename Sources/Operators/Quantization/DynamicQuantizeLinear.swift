import Diagnostics
import GraphIR
import Tensors

/// `x` in 8 unsigned bits, with the scale and the zero point that make the most of them: the range of `x`, extended to hold 0.
public struct DynamicQuantizeLinear: Evaluable {
  public typealias Operand = UnaryOperand
  public static let name = "DynamicQuantizeLinear"
  public static let since = 11
  public static let results: [Arity] = [.one, .one, .one]
  public init() {}

  public func infer(_ operands: Operands<UnaryOperand, Fact>) throws(ModelError) -> [Fact] {
    let x = try operands.one(.x)
    try require(x, "a 32-bit float") { $0 == .float32 }
    return [.tensor(.uint8, x.shape), .tensor(.float32, []), .tensor(.uint8, [])]
  }

  public func evaluate(_ operands: Operands<UnaryOperand, Tensor>) throws(ModelError) -> [Tensor] {
    let x = try operands.one(.x)
    guard x.element == .float32 else { throw ModelError(.typeMismatch, "\(x.element.rawValue) where a 32-bit float is expected") }
    let axes = Array(x.shape.indices)
    let flat = x.count == 0
    let low = flat ? 0 : min(0, try reduce(.minimum, x, axes: axes).floats().first ?? 0)
    let high = flat ? 0 : max(0, try reduce(.maximum, x, axes: axes).floats().first ?? 0)
    // Nothing but zeros has no range; any scale will do.
    let scale = high == low ? 1 : (high - low) / 255
    let zero = min(max((-low / scale).rounded(.toNearestOrEven), 0), 255)
    let point = try Tensor(.uint8, [], elements: [zero.isNaN ? 0 : UInt8(zero)])
    let quotient = try calculate(.divide, x, Tensor.scalar(scale))
    return [try requantized(quotient, point), try .scalar(scale), point]
  }
}
