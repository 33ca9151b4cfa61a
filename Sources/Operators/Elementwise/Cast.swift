import Diagnostics
import GraphIR
import Tensors

/// The operand's elements in another element type. See `Tensor.converted` for the rules.
public struct Cast: Evaluable {
  public typealias Operand = UnaryOperand
  public static let name = "Cast"
  public static let since = 28
  public static let attributes: [AttributeSpec<Self>] = [
    .choice("round_mode", \.roundMode), .bool("saturate", \.saturate), .element("to", \.to),
  ]

  /// How conversions to `float8e8m0` round.
  public var roundMode = ExponentRounding.up
  /// Whether what is too large for an 8-bit float becomes its largest number instead of infinity or NaN.
  public var saturate = true
  public var to = ElementType.float32
  public init() {}

  public init(to: ElementType) { self.to = to }

  public func infer(_ operands: Operands<UnaryOperand, Fact>) throws(ModelError) -> [Fact] {
    let x = try operands.one(.x)
    _ = try x.tensorType()
    let fact = Fact.tensor(to, x.shape)
    guard to == .int64 || to == .int32 || to == x.element else { return [fact] }
    return [fact.with(elements: x.expressions)]
  }

  public func evaluate(_ operands: Operands<UnaryOperand, Tensor>) throws(ModelError) -> [Tensor] {
    [try operands.one(.x).converted(to: to, saturating: saturate, exponentRounding: roundMode)]
  }
}
