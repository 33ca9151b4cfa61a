import GraphIR

/// `x / (1 + |x|)`.
public struct Softsign: ElementwiseUnary, VectorUnary {
  public static let name = "Softsign"
  public static let since = 22
  public init() {}

  public func apply(_ x: Double) -> Double { x / (1 + abs(x)) }
  var vectorFunction: VectorFunction { .softsign }
}
