import GraphIR

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// The sine of `x` radians.
public struct Sin: ElementwiseUnary, VectorUnary {
  public static let name = "Sin"
  public static let since = 22
  public init() {}

  public func apply(_ x: Double) -> Double { sin(x) }
  var vectorFunction: VectorFunction { .sin }
}
