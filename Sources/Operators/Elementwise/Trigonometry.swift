import GraphIR

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// The angle in radians, within 0 and π, whose cosine is `x`.
public struct Acos: ElementwiseUnary {
  public static let name = "Acos"
  public static let since = 22
  public init() {}
  public func apply(_ x: Double) -> Double { acos(x) }
}

/// The angle in radians, within -π/2 and π/2, whose sine is `x`.
public struct Asin: ElementwiseUnary {
  public static let name = "Asin"
  public static let since = 22
  public init() {}
  public func apply(_ x: Double) -> Double { asin(x) }
}

/// The angle in radians, within -π/2 and π/2, whose tangent is `x`.
public struct Atan: ElementwiseUnary {
  public static let name = "Atan"
  public static let since = 22
  public init() {}
  public func apply(_ x: Double) -> Double { atan(x) }
}

/// The tangent of `x` radians.
public struct Tan: ElementwiseUnary {
  public static let name = "Tan"
  public static let since = 22
  public init() {}
  public func apply(_ x: Double) -> Double { tan(x) }
}
