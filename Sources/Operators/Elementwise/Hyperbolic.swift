import GraphIR

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// The number, not negative, whose hyperbolic cosine is `x`; NaN below 1.
public struct Acosh: ElementwiseUnary {
  public static let name = "Acosh"
  public static let since = 22
  public init() {}
  public func apply(_ x: Double) -> Double { acosh(x) }
}

/// The number whose hyperbolic sine is `x`.
public struct Asinh: ElementwiseUnary {
  public static let name = "Asinh"
  public static let since = 22
  public init() {}
  public func apply(_ x: Double) -> Double { asinh(x) }
}

/// The number whose hyperbolic tangent is `x`; NaN outside -1 and 1.
public struct Atanh: ElementwiseUnary {
  public static let name = "Atanh"
  public static let since = 22
  public init() {}
  public func apply(_ x: Double) -> Double { atanh(x) }
}

/// The hyperbolic cosine of `x`.
public struct Cosh: ElementwiseUnary {
  public static let name = "Cosh"
  public static let since = 22
  public init() {}
  public func apply(_ x: Double) -> Double { cosh(x) }
}

/// The hyperbolic sine of `x`.
public struct Sinh: ElementwiseUnary {
  public static let name = "Sinh"
  public static let since = 22
  public init() {}
  public func apply(_ x: Double) -> Double { sinh(x) }
}
