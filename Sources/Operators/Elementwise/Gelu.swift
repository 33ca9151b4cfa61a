import GraphIR

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// `x · Φ(x)`, with the normal distribution's `Φ(x) = (1 + erf(x/√2)) / 2`, or its approximation
/// `(1 + tanh(√(2/π)·(x + 0.044715·x³))) / 2`.
public struct Gelu: ElementwiseUnary, VectorUnary {
  public static let name = "Gelu"
  public static let since = 20
  public static let attributes: [AttributeSpec<Self>] = [.choice("approximate", \.approximate)]

  public enum Approximation: String, CaseIterable, Sendable { case none, tanh }
  public var approximate = Approximation.none
  public init() {}

  public func apply(_ x: Double) -> Double {
    switch approximate {
    case .none: 0.5 * x * (1 + erf(x * 0.5.squareRoot()))
    case .tanh: 0.5 * x * (1 + tanh((2 / Double.pi).squareRoot() * (x + 0.044715 * x * x * x)))
    }
  }

  var vectorFunction: VectorFunction { approximate == .none ? .gelu : .geluTanh }
}
