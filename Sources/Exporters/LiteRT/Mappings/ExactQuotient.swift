import Diagnostics
import GraphIR
import LiteRTSchema
import Operators
import Retargeting
import Tensors

/// A quotient of 64-bit integers by one constant, truncated, which the format's `DIV` does not compute; exact for every dividend.
///
/// With d = |divisor|: x' = x + (d - 1 where x < 0) has the truncated quotient of x as its floor, and so x' - x' mod d is that quotient
/// times d. It is found as the sum of three quotients in 32-bit floats, each of what the one before left:
///
///     r₁ = x' - x' mod d,  qᵢ = trunc(float(rᵢ) · float(1/d)),  rᵢ₊₁ = rᵢ - qᵢ · d,  q₃ rounded instead
///
/// A float's product with a float is wrong by 3 · 2⁻²⁴ of itself, so that |q| ≤ 2⁶², of d ≥ 2, leaves 2⁴⁰, then 2¹⁸, and then less than
/// half of one: what rounding finds. Products wrap, and so do the differences, which are small. Divisors of 1 and -1 take no division.
struct ExactQuotient {
  private let divisor: Int
  /// The divisor's own, whose axes the result has at least.
  private let shape: Shape

  /// `nil` unless the node divides 64-bit integers by one number that is known, and is neither 0 nor the least one, which has no magnitude.
  init?(_ node: SubjectNode) {
    guard node.operand(0)?.element == .int64, let constant = node.operand(1)?.constant, constant.count == 1,
      let divisor = try? constant.integers().first, divisor != 0, divisor != .min
    else { return nil }
    self.divisor = divisor
    shape = constant.shape
  }

  func write(_ out: SubgraphWriter) throws(ModelError) {
    let (x, zero, size) = (try out.operand(0), try number(0, out), try number(abs(divisor), out))
    guard abs(divisor) > 1 else {
      return divisor == 1
        ? out.step(.add, [x, zero], [try out.result()], Self.sum) : out.step(.neg, [x], [try out.result()], KernelOptions(Schema.NegOptions.code))
    }
    let isNegative = try made(.less, [x, zero], .bool, KernelOptions(Schema.LessOptions.code), out)
    let operands = [isNegative, try number(abs(divisor) - 1, out), zero]
    let shift = try made(.selectV2, operands, .int64, KernelOptions(Schema.SelectV2Options.code), out)
    let raised = try made(.add, [x, shift], .int64, Self.sum, out)
    let rest = try made(.floorMod, [raised, size], .int64, KernelOptions(Schema.FloorModOptions.code), out)
    var left = try made(.sub, [raised, rest], .int64, Self.difference, out)
    let inverse = try out.constant(try Tensor(.float32, shape, elements: [1 / Float(abs(divisor))]))
    var parts: [Int] = []
    for round in 0..<3 {
      var quotient = try made(.mul, [cast(left, to: .float32, out), inverse], .float32, Self.product, out)
      if round == 2 { quotient = try made(.round, [quotient], .float32, nil, out) }
      let part = try cast(quotient, to: .int64, out)
      parts.append(part)
      if round < 2 { left = try made(.sub, [left, made(.mul, [part, size], .int64, Self.product, out)], .int64, Self.difference, out) }
    }
    let most = try made(.add, [parts[0], parts[1]], .int64, Self.sum, out)
    guard divisor < 0 else { return out.step(.add, [most, parts[2]], [try out.result()], Self.sum) }
    let all = try made(.add, [most, parts[2]], .int64, Self.sum, out)
    out.step(.neg, [all], [try out.result()], KernelOptions(Schema.NegOptions.code))
  }

  private static let sum = KernelOptions(Schema.AddOptions.code)
  private static let difference = KernelOptions(Schema.SubOptions.code)
  private static let product = KernelOptions(Schema.MulOptions.code)

  /// A step on the way, whose result has the shape of the whole.
  private func made(
    _ code: Schema.BuiltinOperator, _ inputs: [Int], _ element: ElementType, _ options: KernelOptions?, _ out: SubgraphWriter
  ) throws(ModelError) -> Int {
    let result = try out.temporary(element, out.shape(ofResult: 0))
    out.step(code, inputs, [result], options)
    return result
  }

  private func cast(_ x: Int, to element: ElementType, _ out: SubgraphWriter) throws(ModelError) -> Int {
    var options = KernelOptions(Schema.CastOptions.code)
    options.object.set(Schema.CastOptions.inDataType, out.element(of: x).litert?.rawValue ?? 0)
    options.object.set(Schema.CastOptions.outDataType, element.litert?.rawValue ?? 0)
    return try made(.cast, [x], element, options, out)
  }

  private func number(_ value: Int, _ out: SubgraphWriter) throws(ModelError) -> Int {
    try out.constant(try Tensor(.int64, shape, elements: [Int64(value)]))
  }
}
