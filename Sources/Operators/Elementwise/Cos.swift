import GraphIR

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// The cosine of `x` radians.
public struct Cos: ElementwiseUnary, VectorUnary {
  public static let name = "Cos"
  public static let since = 22
  public init() {}

  public func apply(_ x: Double) -> Double { cos(x) }
  var vectorFunction: VectorFunction { .cos }
}
