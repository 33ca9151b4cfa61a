import GraphIR

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// `x` where `x ≥ 0`, and `α·(e^(x/α) - 1)` elsewhere: differentiable at 0 for every α.
public struct Celu: ElementwiseUnary {
  public static let name = "Celu"
  public static let since = 28
  public static let attributes: [AttributeSpec<Self>] = [.float("alpha", \.alpha)]

  public var alpha: Float = 1
  public init() {}

  public func apply(_ x: Double) -> Double { x < 0 ? Double(alpha) * expm1(x / Double(alpha)) : x }
}
