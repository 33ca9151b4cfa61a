import GraphIR

/// The least integer that is not below `x`.
public struct Ceil: ElementwiseUnary, VectorUnary {
  public static let name = "Ceil"
  public static let since = 13
  public init() {}

  public func apply(_ x: Double) -> Double { x.rounded(.up) }
  var vectorFunction: VectorFunction { .ceil }
}
