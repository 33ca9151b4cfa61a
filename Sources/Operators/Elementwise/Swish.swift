import Diagnostics
import GraphIR
import Tensors

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// `x · tanh(softplus(x))`.
public struct Mish: ElementwiseUnary {
  public static let name = "Mish"
  public static let since = 22
  public init() {}

  /// With `n = (1 + eˣ)²`, the hyperbolic tangent of `log(1 + eˣ)` is `(n - 1) / (n + 1)`.
  public func apply(_ x: Double) -> Double {
    if x > 20 || x.isNaN { return x }
    let e = exp(x)
    let n = e * (e + 2)
    return x * n / (n + 2)
  }
}

/// `x · σ(α·x)`, with the logistic function σ.
public struct Swish: ElementwiseUnary {
  public static let name = "Swish"
  public static let since = 24
  public static let attributes: [AttributeSpec<Self>] = [.float("alpha", \.alpha)]
  public var alpha: Float = 1
  public init() {}

  public func apply(_ x: Double) -> Double { x / (1 + exp(-Double(alpha) * x)) }
}

/// `a · σ(α·a) · b`: the swish of a gate, times a linear branch of the same shape.
public struct SwiGLU: Evaluable {
  public typealias Operand = BinaryOperand
  public static let name = "SwiGLU"
  public static let since = 28
  public static let attributes: [AttributeSpec<Self>] = [.float("alpha", \.alpha)]
  public var alpha: Float = 1
  public init() {}

  public func infer(_ operands: Operands<BinaryOperand, Fact>) throws(ModelError) -> [Fact] {
    let (a, b) = try (operands.one(.a), operands.one(.b))
    try require(a, "a floating-point number") { $0.isFloatingPoint }
    _ = try commonElement([a, b])
    if let x = a.type?.tensorType?.fixedShape, let y = b.type?.tensorType?.fixedShape, x != y {
      throw ModelError(.typeMismatch, "a gate of shape \(x) for \(y)")
    }
    return [Fact(type: a.type ?? b.type)]
  }

  public func evaluate(_ operands: Operands<BinaryOperand, Tensor>) throws(ModelError) -> [Tensor] {
    let (a, b) = try (operands.one(.a), operands.one(.b))
    guard a.shape == b.shape else { throw ModelError(.typeMismatch, "a gate of shape \(a.shape) for \(b.shape)") }
    var swish = Swish()
    swish.alpha = alpha
    return [try calculate(.multiply, mapElements(of: a, by: swish), b)]
  }
}
