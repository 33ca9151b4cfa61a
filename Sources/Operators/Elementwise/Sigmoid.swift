import GraphIR

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// `1 / (1 + e⁻ˣ)`.
public struct Sigmoid: ElementwiseUnary, VectorUnary {
  public static let name = "Sigmoid"
  public static let since = 13
  public init() {}

  public func apply(_ x: Double) -> Double { x >= 0 ? 1 / (1 + exp(-x)) : exp(x) / (1 + exp(x)) }
  var vectorFunction: VectorFunction { .sigmoid }
}
