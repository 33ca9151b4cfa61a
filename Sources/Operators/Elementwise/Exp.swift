import GraphIR

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// `eˣ`.
public struct Exp: ElementwiseUnary, VectorUnary {
  public static let name = "Exp"
  public static let since = 13
  public init() {}

  public func apply(_ x: Double) -> Double { exp(x) }
  var vectorFunction: VectorFunction { .exp }
}
