import GraphIR

/// `x · max(0, min(1, x/6 + 1/2))`.
public struct HardSwish: ElementwiseUnary, VectorUnary {
  public static let name = "HardSwish"
  public static let since = 22
  public init() {}

  public func apply(_ x: Double) -> Double { x * max(0, min(1, x / 6 + 0.5)) }
  var vectorFunction: VectorFunction { .hardSwish }
}
