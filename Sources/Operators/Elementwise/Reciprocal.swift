import GraphIR

/// `1 / x`.
public struct Reciprocal: ElementwiseUnary, VectorUnary {
  public static let name = "Reciprocal"
  public static let since = 13
  public init() {}

  public func apply(_ x: Double) -> Double { 1 / x }
  var vectorFunction: VectorFunction { .reciprocal }
}
