import Diagnostics
import GraphIR
import Tensors

/// `x / √(mean(x²) + ε) · scale` over the axes from `axis` on, and the reciprocal of the root.
///
/// ONNX Runtime registers the operator in the standard set's domain, and files also carry it in its own.
protocol RootMeanSquareScaling: Evaluable where Operand == RootMeanSquareOperand {
  var axis: Int { get set }
  var epsilon: Float { get set }
  var stashType: Int { get set }
}

public enum RootMeanSquareOperand: Int, OperandSlot { case x, scale }

extension RootMeanSquareScaling {
  static var ownAttributes: [AttributeSpec<Self>] {
    [.int("axis", \.axis), .float("epsilon", \.epsilon), .int("stash_type", \.stashType)]
  }

  private var stashElement: ElementType { stashType == 11 ? .float64 : .float32 }

  public func infer(_ operands: Operands<RootMeanSquareOperand, Fact>) throws(ModelError) -> [Fact] {
    let (x, scale) = try (operands.one(.x), operands.one(.scale))
    try require(x, "a floating-point number") { $0.isFloatingPoint }
    let result = try scale.tensorType().map { Fact.tensor($0.element, x.shape) } ?? .unknown
    guard let shape = x.shape else { return [result, .tensor(stashElement, nil)] }
    let along = try normalizedAxis(axis, rank: shape.count)
    return [result, .tensor(stashElement, shape.indices.map { $0 < along ? shape[$0] : 1 })]
  }

  public func evaluate(_ operands: Operands<RootMeanSquareOperand, Tensor>) throws(ModelError) -> [Tensor] {
    let (x, scale) = try (operands.one(.x), operands.one(.scale))
    let along = try normalizedAxis(axis, rank: x.rank)
    let (y, inverse) = try scaledToUnitMeanSquare(x, axis: along, epsilon: epsilon)
    let scaled = try calculate(.multiply, y, scale.converted(to: y.element)).converted(to: scale.element)
    return [scaled, try inverse.converted(to: stashElement)]
  }
}

/// See `RootMeanSquareScaling`.
public struct SimplifiedLayerNormalization: RootMeanSquareScaling {
  public typealias Operand = RootMeanSquareOperand
  public static let name = "SimplifiedLayerNormalization"
  public static let since = 1
  public static let results: [Arity] = [.one, .optional]
  public static var attributes: [AttributeSpec<Self>] { ownAttributes }
  public var axis = -1
  public var epsilon: Float = 1e-5
  public var stashType = 1
  public init() {}
}

/// See `RootMeanSquareScaling`.
public struct ContribSimplifiedLayerNormalization: RootMeanSquareScaling {
  public typealias Operand = RootMeanSquareOperand
  public static let name = "SimplifiedLayerNormalization"
  public static let domain = "com.microsoft"
  public static let since = 1
  public static let results: [Arity] = [.one, .optional]
  public static var attributes: [AttributeSpec<Self>] { ownAttributes }
  public var axis = -1
  public var epsilon: Float = 1e-5
  public var stashType = 1
  public init() {}
}
