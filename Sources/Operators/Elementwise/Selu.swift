import GraphIR

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// `γ·x` where `x > 0`, and `γ·(α·eˣ - α)` elsewhere.
public struct Selu: ElementwiseUnary {
  public static let name = "Selu"
  public static let since = 22
  public static let attributes: [AttributeSpec<Self>] = [.float("alpha", \.alpha), .float("gamma", \.gamma)]

  public var alpha: Float = 1.67326319217681884765625
  public var gamma: Float = 1.05070102214813232421875
  public init() {}

  public func apply(_ x: Double) -> Double { Double(gamma) * (x > 0 ? x : Double(alpha) * expm1(x)) }
}
