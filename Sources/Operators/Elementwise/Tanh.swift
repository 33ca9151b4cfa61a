import GraphIR

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// The hyperbolic tangent.
public struct Tanh: ElementwiseUnary, VectorUnary {
  public static let name = "Tanh"
  public static let since = 13
  public init() {}

  public func apply(_ x: Double) -> Double { tanh(x) }
  var vectorFunction: VectorFunction { .tanh }
}
