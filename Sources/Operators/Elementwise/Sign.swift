import GraphIR

/// -1, 0 or 1, as `x` is negative, zero or positive. A NaN stays one.
public struct Sign: ElementwiseUnary, IntegerUnary {
  public static let name = "Sign"
  public static let since = 13
  public init() {}

  public func apply(_ x: Double) -> Double { x > 0 ? 1 : x < 0 ? -1 : x }
  func apply(_ x: Int64) -> Int64 { x.signum() }
  func apply(_ x: UInt64) -> UInt64 { x == 0 ? 0 : 1 }
}
