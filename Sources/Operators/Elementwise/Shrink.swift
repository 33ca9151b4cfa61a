import GraphIR

/// `x + bias` below `-λ`, `x - bias` above `λ`, and 0 between them.
public struct Shrink: ElementwiseUnary, IntegerUnary {
  public static let name = "Shrink"
  public static let since = 9
  public static let attributes: [AttributeSpec<Self>] = [.float("bias", \.bias), .float("lambd", \.lambda)]

  public var bias: Float = 0
  public var lambda: Float = 0.5
  public init() {}

  public func apply(_ x: Double) -> Double { x < -Double(lambda) ? x + Double(bias) : x > Double(lambda) ? x - Double(bias) : 0 }

  /// Results are truncated to integers.
  func apply(_ x: Int64) -> Int64 { Int64(exactly: apply(Double(x)).rounded(.towardZero)) ?? 0 }
  func apply(_ x: UInt64) -> UInt64 {
    let result = apply(Double(x)).rounded(.towardZero)
    return UInt64(exactly: result) ?? Int64(exactly: result).map(UInt64.init(bitPattern:)) ?? 0
  }
}
