import Diagnostics
import GraphIR
import Tensors

/// A convolution of each channel of `x` `[batch, channels, length]` with a kernel of its own, `weight` `[channels, 1, k]`, that looks
/// only back: `past` `[batch, channels, k - 1]`, zeros by default, lies before the first element. The second result is what
/// lies before the next one.
public struct CausalConvWithState: Evaluable {
  public enum Operand: Int, OperandSlot {
    case x, weight, bias, past
    public var arity: Arity { rawValue < 2 ? .one : .optional }
  }
  /// What is applied to the result; `silu` and `swish` are the same.
  public enum Activation: String, CaseIterable, Sendable { case none, silu, swish }
  public static let name = "CausalConvWithState"
  public static let since = 27
  public static let results: [Arity] = [.one, .one]
  public static let attributes: [AttributeSpec<Self>] = [.choice("activation", \.activation)]
  public var activation = Activation.none
  public init() {}

  public func infer(_ operands: Operands<Operand, Fact>) throws(ModelError) -> [Fact] {
    let (x, weight) = try (operands.one(.x), operands.one(.weight))
    _ = try commonElement(operands.items)
    try requireRank(x, 3...3, "x")
    try requireRank(weight, 3...3, "weight")
    let reach = weight.shape.map { $0[2] == .unknown ? .unknown : $0[2] - 1 } ?? operands[.past]?.shape?.last ?? .unknown
    return [Fact(type: x.type), try x.reshaped([x.shape?[0] ?? .unknown, x.shape?[1] ?? .unknown, reach])]
  }

  public func evaluate(_ operands: Operands<Operand, Tensor>) throws(ModelError) -> [Tensor] {
    let (x, weight) = try (operands.one(.x), operands.one(.weight))
    guard x.rank == 3, weight.rank == 3, weight.shape[0] == x.shape[1], weight.shape[1] == 1, weight.shape[2] > 0 else {
      throw ModelError(.typeMismatch, "weights of \(weight.shape) for \(x.shape)")
    }
    let reach = [x.shape[0], x.shape[1], weight.shape[2] - 1]
    let nothing = try zero(x.element).expanded(to: reach)
    let past = operands[.past] ?? nothing
    guard past.shape == reach else { throw ModelError(.typeMismatch, "a state of \(past.shape) where \(reach) is expected") }
    let padded = try concatenated([past, x], axis: 2)
    var convolution = Conv()
    convolution.group = x.shape[1]
    var result = try convolution.evaluate(Operands([padded, weight, operands[.bias]]))[0]
    if activation != .none { result = try mapElements(of: result, by: Swish()) }
    return [result, try padded.part(of: 2, from: x.shape[2], count: reach[2])]
  }
}
