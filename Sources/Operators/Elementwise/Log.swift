import GraphIR

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// The natural logarithm of `x`.
public struct Log: ElementwiseUnary, VectorUnary {
  public static let name = "Log"
  public static let since = 13
  public init() {}

  public func apply(_ x: Double) -> Double { log(x) }
  var vectorFunction: VectorFunction { .log }
}
