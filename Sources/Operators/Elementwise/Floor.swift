import GraphIR

/// The greatest integer that is not above `x`.
public struct Floor: ElementwiseUnary, VectorUnary {
  public static let name = "Floor"
  public static let since = 13
  public init() {}

  public func apply(_ x: Double) -> Double { x.rounded(.down) }
  var vectorFunction: VectorFunction { .floor }
}
