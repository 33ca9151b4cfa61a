import Diagnostics
import GraphIR
import Tensors

/// `aᵇ`, in the element type of `a`; the exponent may have another. Integers wrap.
public struct Pow: ElementwiseBinary {
  public static let name = "Pow"
  public static let since = 15
  public init() {}

  public func infer(_ operands: Operands<BinaryOperand, Fact>) throws(ModelError) -> [Fact] {
    let (a, b) = try (operands.one(.a), operands.one(.b))
    try require(a, "a number") { $0.isFloatingPoint || $0.isInteger }
    try require(b, "a number") { $0.isFloatingPoint || $0.isInteger }
    guard let element = a.element else { return [.unknown] }
    return [.tensor(element, try broadcast([a.shape, b.shape]))]
  }

  public func evaluate(_ operands: Operands<BinaryOperand, Tensor>) throws(ModelError) -> [Tensor] {
    let (a, b) = try (operands.one(.a), operands.one(.b))
    if a.element == b.element { return [try calculate(.power, a, b)] }
    if a.element.isInteger, b.element.isInteger {
      return [try calculate(.power, a.converted(to: .int64), b.converted(to: .int64)).converted(to: a.element)]
    }
    let wide: ElementType = a.element.isInteger || a.element == .float64 || b.element == .float64 ? .float64 : .float32
    return [try calculate(.power, a.converted(to: wide), b.converted(to: wide)).converted(to: a.element)]
  }
}
