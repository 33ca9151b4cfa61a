import GraphIR

/// The integer nearest to `x`, the even one of two.
public struct Round: ElementwiseUnary, VectorUnary {
  public static let name = "Round"
  public static let since = 22
  public init() {}

  public func apply(_ x: Double) -> Double { x.rounded(.toNearestOrEven) }
  var vectorFunction: VectorFunction { .round }
}
