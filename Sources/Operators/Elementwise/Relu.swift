import GraphIR

/// `max(x, 0)`, element by element. A NaN stays one.
public struct Relu: ElementwiseUnary, VectorUnary, IntegerUnary {
  public static let name = "Relu"
  public static let since = 14
  public init() {}

  public func apply(_ x: Double) -> Double { x < 0 ? 0 : x }
  var vectorFunction: VectorFunction { .relu }
  func apply(_ x: Int64) -> Int64 { max(x, 0) }
}
