import GraphIR

/// `max(0, min(1, α·x + β))`.
public struct HardSigmoid: ElementwiseUnary, VectorUnary {
  public static let name = "HardSigmoid"
  public static let since = 22
  public static let attributes: [AttributeSpec<Self>] = [.float("alpha", \.alpha), .float("beta", \.beta)]

  public var alpha: Float = 0.2
  public var beta: Float = 0.5
  public init() {}

  public func apply(_ x: Double) -> Double { max(0, min(1, Double(alpha) * x + Double(beta))) }
  var vectorFunction: VectorFunction { .hardSigmoid(alpha, beta) }
}
