import Diagnostics
import GraphIR
import Tensors

/// `(x - offset) · scale` in 32-bit floats, with one offset and scale for all features, or one for each along axis 1.
public struct Scaler: Evaluable {
  public typealias Operand = FeatureOperand
  public static let name = "Scaler"
  public static let domain = "ai.onnx.ml"
  public static let since = 1
  public static let attributes: [AttributeSpec<Self>] = [.floats("offset", \.offset), .floats("scale", \.scale)]
  public var offset: [Float]?
  public var scale: [Float]?
  public init() {}

  public func infer(_ operands: Operands<FeatureOperand, Fact>) throws(ModelError) -> [Fact] {
    let x = try operands.one(.x)
    try requireFeatures(x)
    return [.tensor(.float32, x.shape)]
  }

  public func evaluate(_ operands: Operands<FeatureOperand, Tensor>) throws(ModelError) -> [Tensor] {
    let x = try operands.one(.x).converted(to: .float32)
    let shifted = try calculate(.subtract, x, featureVector(offset ?? [0], for: x.shape, "offset"))
    return [try calculate(.multiply, shifted, featureVector(scale ?? [1], for: x.shape, "scale"))]
  }
}

/// Numbers for features, shaped to broadcast along the axis of features: the second, or the only one.
private func featureVector(_ numbers: [Float], for shape: Shape, _ name: String) throws(ModelError) -> Tensor {
  if numbers.count == 1 { return try Tensor(.float32, [], elements: numbers) }
  let axis = min(1, shape.count - 1)
  guard axis >= 0, numbers.count == shape[axis] else {
    throw ModelError(.typeMismatch, "\(numbers.count) numbers for features of \(shape)", at: Place(attribute: name))
  }
  return try Tensor(.float32, [numbers.count] + [Int](repeating: 1, count: shape.count - 1 - axis), elements: numbers)
}
