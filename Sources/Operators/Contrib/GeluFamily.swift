import Diagnostics
import GraphIR
import Tensors

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// `x · Φ(x)` by the error function.
public struct ContribGelu: ElementwiseUnary, VectorUnary {
  public static let name = "Gelu"
  public static let domain = "com.microsoft"
  public static let since = 1
  public init() {}
  public func apply(_ x: Double) -> Double { Gelu().apply(x) }
  var vectorFunction: VectorFunction { .gelu }
}

/// `x · σ(alpha · x)`
public struct QuickGelu: ElementwiseUnary {
  public static let name = "QuickGelu"
  public static let domain = "com.microsoft"
  public static let since = 1
  public static let attributes: [AttributeSpec<Self>] = [.float("alpha", \.alpha)]
  public var alpha: Float = 1.702
  public init() {}
  public func apply(_ x: Double) -> Double { x / (1 + exp(-Double(alpha) * x)) }
}

/// `Gelu(a + b)`, with `b` a vector along the last axis of `a`.
public struct BiasGelu: Evaluable {
  public typealias Operand = BinaryOperand
  public static let name = "BiasGelu"
  public static let domain = "com.microsoft"
  public static let since = 1
  public init() {}

  public func infer(_ operands: Operands<BinaryOperand, Fact>) throws(ModelError) -> [Fact] {
    let (a, b) = try (operands.one(.a), operands.one(.b))
    try inferBiased(a, b)
    return [Fact(type: a.type)]
  }

  public func evaluate(_ operands: Operands<BinaryOperand, Tensor>) throws(ModelError) -> [Tensor] {
    let sum = try calculate(.add, operands.one(.a), operands.one(.b))
    return [try mapElements(of: sum, by: ContribGelu())]
  }
}

/// Gelu's approximation by the hyperbolic tangent, of `x` or `x + bias`, with `bias` a vector along the last axis.
public struct FastGelu: Evaluable {
  public enum Operand: Int, OperandSlot {
    case x, bias
    public var arity: Arity { self == .bias ? .optional : .one }
  }
  public static let name = "FastGelu"
  public static let domain = "com.microsoft"
  public static let since = 1
  public init() {}

  public func infer(_ operands: Operands<Operand, Fact>) throws(ModelError) -> [Fact] {
    let x = try operands.one(.x)
    try inferBiased(x, operands[.bias])
    return [Fact(type: x.type)]
  }

  public func evaluate(_ operands: Operands<Operand, Tensor>) throws(ModelError) -> [Tensor] {
    var x = try operands.one(.x)
    if let bias = operands[.bias] { x = try calculate(.add, x, bias) }
    var gelu = Gelu()
    gelu.approximate = .tanh
    return [try mapElements(of: x, by: gelu)]
  }
}

/// Refuses floats with a bias that is no vector of the size of their last axis.
private func inferBiased(_ x: Fact, _ bias: Fact?) throws(ModelError) {
  try require(x, "a floating-point number") { $0.isFloatingPoint }
  _ = try commonElement([x, bias])
  try requireRank(bias, 1...1, "bias")
  if let size = bias?.shape?.first?.number, let last = x.shape?.last?.number, size != last {
    throw ModelError(.typeMismatch, "a bias of \(size) elements for an axis of \(last)")
  }
}
