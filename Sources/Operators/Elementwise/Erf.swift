import GraphIR

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// The error function, `2/√π · ∫₀ˣ e^(-t²) dt`.
public struct Erf: ElementwiseUnary, VectorUnary {
  public static let name = "Erf"
  public static let since = 13
  public init() {}

  public func apply(_ x: Double) -> Double { erf(x) }
  var vectorFunction: VectorFunction { .erf }
}
