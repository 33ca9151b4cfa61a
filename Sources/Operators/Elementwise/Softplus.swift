import GraphIR

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// `ln(1 + eˣ)`.
public struct Softplus: ElementwiseUnary, VectorUnary {
  public static let name = "Softplus"
  public static let since = 22
  public init() {}

  public func apply(_ x: Double) -> Double { max(x, 0) + log1p(exp(-abs(x))) }
  var vectorFunction: VectorFunction { .softplus }
}
