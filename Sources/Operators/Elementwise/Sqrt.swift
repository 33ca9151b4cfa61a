import GraphIR

/// `√x`; NaN where `x < 0`.
public struct Sqrt: ElementwiseUnary, VectorUnary {
  public static let name = "Sqrt"
  public static let since = 13
  public init() {}

  public func apply(_ x: Double) -> Double { x.squareRoot() }
  var vectorFunction: VectorFunction { .sqrt }
}
