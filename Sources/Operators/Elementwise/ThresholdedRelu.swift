import GraphIR

/// `x` where `x > α`, and 0 elsewhere.
public struct ThresholdedRelu: ElementwiseUnary {
  public static let name = "ThresholdedRelu"
  public static let since = 22
  public static let attributes: [AttributeSpec<Self>] = [.float("alpha", \.alpha)]

  public var alpha: Float = 1
  public init() {}

  public func apply(_ x: Double) -> Double { x > Double(alpha) ? x : 0 }
}
