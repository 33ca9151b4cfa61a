import GraphIR

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// `x` where `x ≥ 0`, and `α·(eˣ - 1)` elsewhere.
public struct Elu: ElementwiseUnary {
  public static let name = "Elu"
  public static let since = 22
  public static let attributes: [AttributeSpec<Self>] = [.float("alpha", \.alpha)]

  public var alpha: Float = 1
  public init() {}

  public func apply(_ x: Double) -> Double { x < 0 ? Double(alpha) * expm1(x) : x }
}
