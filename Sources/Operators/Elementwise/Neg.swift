import GraphIR

/// `-x`. Integers wrap.
public struct Neg: ElementwiseUnary, VectorUnary, IntegerUnary {
  public static let name = "Neg"
  public static let since = 13
  public init() {}

  public func apply(_ x: Double) -> Double { -x }
  var vectorFunction: VectorFunction { .neg }
  func apply(_ x: Int64) -> Int64 { 0 &- x }
}
