import GraphIR

/// `|x|`. The least integer of a type is its own absolute value.
public struct Abs: ElementwiseUnary, VectorUnary, IntegerUnary {
  public static let name = "Abs"
  public static let since = 13
  public init() {}

  public func apply(_ x: Double) -> Double { abs(x) }
  var vectorFunction: VectorFunction { .abs }
  func apply(_ x: Int64) -> Int64 { x < 0 ? 0 &- x : x }
}
