import GraphIR

/// `x` where `x ≥ 0`, and `α·x` elsewhere.
public struct LeakyRelu: ElementwiseUnary, VectorUnary {
  public static let name = "LeakyRelu"
  public static let since = 16
  public static let attributes: [AttributeSpec<Self>] = [.float("alpha", \.alpha)]

  public var alpha: Float = 0.01
  public init() {}

  public func apply(_ x: Double) -> Double { x < 0 ? Double(alpha) * x : x }
  var vectorFunction: VectorFunction { .leakyRelu(alpha) }
}
