import Diagnostics
import GraphIR
import Tensors

/// The operand's elements in the element type of `target`, by the rules of `Cast`.
public struct CastLike: Evaluable {
  public enum Operand: Int, OperandSlot { case x, target }
  public static let name = "CastLike"
  public static let since = 25
  public static let attributes: [AttributeSpec<Self>] = [.choice("round_mode", \.roundMode), .bool("saturate", \.saturate)]
  public var roundMode = ExponentRounding.up
  public var saturate = true
  public init() {}

  public func infer(_ operands: Operands<Operand, Fact>) throws(ModelError) -> [Fact] {
    let (x, target) = try (operands.one(.x), operands.one(.target))
    _ = try x.tensorType()
    guard let element = try target.tensorType()?.element else { return [.unknown] }
    let fact = Fact.tensor(element, x.shape)
    return [element == .int64 || element == .int32 || element == x.element ? fact.with(elements: x.expressions) : fact]
  }

  public func evaluate(_ operands: Operands<Operand, Tensor>) throws(ModelError) -> [Tensor] {
    let target = try operands.one(.target).element
    return [try operands.one(.x).converted(to: target, saturating: saturate, exponentRounding: roundMode)]
  }
}

/// The operand's bits, read as another element type of the same width.
public struct BitCast: Evaluable {
  public typealias Operand = UnaryOperand
  public static let name = "BitCast"
  public static let since = 26
  public static let attributes: [AttributeSpec<Self>] = [.element("to", \.to)]
  public var to = ElementType.float32
  public init() {}

  public func infer(_ operands: Operands<UnaryOperand, Fact>) throws(ModelError) -> [Fact] {
    let x = try operands.one(.x)
    try require(x, "an element type as wide as \(to.rawValue)") { $0.bitWidth == to.bitWidth && to != .string }
    return [.tensor(to, x.shape)]
  }

  public func evaluate(_ operands: Operands<UnaryOperand, Tensor>) throws(ModelError) -> [Tensor] {
    [try operands.one(.x).reinterpreted(as: to)]
  }
}
