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
    let steps = ByteSteps(low: low, high: high)
    let point = try Tensor(.uint8, [], elements: [UInt8(steps.zero)])
    let quotient = try calculate(.divide, x, Tensor.scalar(steps.scale))
    return [try requantized(quotient, point), try .scalar(steps.scale), point]
  }
}

/// Scale and zero point of 8 unsigned bits for a range that holds 0.
struct ByteSteps {
  let scale: Float
  let zero: Float

  init(low: Float, high: Float) {
    // Nothing but zeros has no range; any scale will do.
    scale = high == low ? 1 : (high - low) / 255
    let place = min(max((-low / scale).rounded(.toNearestOrEven), 0), 255)
    zero = place.isNaN ? 0 : place
  }

  /// What the numbers become that are quantised in steps of their own range: exact products of bytes and the scale.
  static func rounded(_ values: [Double]) -> [Double] {
    let floats = values.map(Float.init)
    let steps = ByteSteps(low: min(0, floats.min() ?? 0), high: max(0, floats.max() ?? 0))
    return floats.map { value in
      let byte = min(max((value / steps.scale).rounded(.toNearestOrEven) + steps.zero, 0), 255)
      return Double(byte - steps.zero) * Double(steps.scale)
    }
  }
}
