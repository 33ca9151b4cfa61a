import Diagnostics
import GraphIR
import Tensors

public enum QuantizationOperand: Int, OperandSlot {
  case x, scale, zeroPoint
  public var arity: Arity { self == .zeroPoint ? .optional : .one }
}

/// `saturate(round(x / scale) + zeroPoint)`; ties round to even.
///
/// One scale for all of `x`, one for each coordinate on `axis`, or one for each block of `block_size` along `axis`.
public struct QuantizeLinear: Evaluable {
  public typealias Operand = QuantizationOperand
  public static let name = "QuantizeLinear"
  public static let since = 28
  public static let attributes: [AttributeSpec<Self>] = [
    .int("axis", \.axis), .int("block_size", \.blockSize), .optionalElement("output_dtype", \.outputDtype),
    .optionalElement("precision", \.precision), .bool("saturate", \.saturate),
  ]
  public var axis = 1
  /// 0 for anything but blocks.
  public var blockSize = 0
  /// The element type of the result; absent means that of `zeroPoint`, or `uint8`.
  public var outputDtype: ElementType?
  /// The element type of the division; absent means that of `scale`.
  public var precision: ElementType?
  /// For 8-bit floats.
  public var saturate = true
  public init() {}

  public func infer(_ operands: Operands<QuantizationOperand, Fact>) throws(ModelError) -> [Fact] {
    let x = try operands.one(.x)
    try checkScale(operands, axis: axis, blockSize: blockSize)
    guard operands[.zeroPoint] == nil || operands[.zeroPoint]?.element != nil else { return [.unknown] }
    let element = operands[.zeroPoint]?.element ?? outputDtype ?? .uint8
    if let outputDtype, outputDtype != element { throw ModelError(.typeMismatch, "\(element.rawValue) is not output_dtype") }
    return [.tensor(element, x.shape)]
  }

  public func evaluate(_ operands: Operands<QuantizationOperand, Tensor>) throws(ModelError) -> [Tensor] {
    let (x, scale) = try (operands.one(.x), operands.one(.scale))
    let target = operands[.zeroPoint]?.element ?? outputDtype ?? .uint8
    let work = precision ?? scale.element
    let wide: ElementType = work == .float64 ? .float64 : .float32
    let factors = try spread(scale, over: x.shape, axis: axis, blockSize: blockSize).converted(to: work).converted(to: wide)
    var quotient = try calculate(.divide, x.converted(to: work).converted(to: wide), factors)
    if work != wide { quotient = try quotient.converted(to: work).converted(to: wide) }
    let zeros = try operands[.zeroPoint].flatMap { (zero: Tensor) throws(ModelError) -> [Double]? in
      try spread(zero, over: x.shape, axis: axis, blockSize: blockSize).doubles()
    }
    let numbers = try quotient.doubles()
    guard target.isInteger else {
      let shifted = numbers.indices.map { numbers[$0] + (zeros?[$0] ?? 0) }
      return [try Tensor(.float64, x.shape, elements: shifted).converted(to: target, saturating: saturate)]
    }
    let (low, high) = integerRange(target)
    let integers = numbers.indices.map { index -> Int64 in
      let value = numbers[index].rounded(.toNearestOrEven) + (zeros?[index] ?? 0)
      return value.isNaN ? 0 : Int64(min(max(value, low), high))
    }
    return [try Tensor(.int64, x.shape, elements: integers).converted(to: target)]
  }
}

/// `(x - zeroPoint) · scale`, with scales as for `QuantizeLinear`.
public struct DequantizeLinear: Evaluable {
  public typealias Operand = QuantizationOperand
  public static let name = "DequantizeLinear"
  public static let since = 28
  public static let attributes: [AttributeSpec<Self>] = [
    .int("axis", \.axis), .int("block_size", \.blockSize), .optionalElement("output_dtype", \.outputDtype),
  ]
  public var axis = 1
  public var blockSize = 0
  /// The element type of the result and of the multiplication; absent means that of `scale`.
  public var outputDtype: ElementType?
  public init() {}

  public func infer(_ operands: Operands<QuantizationOperand, Fact>) throws(ModelError) -> [Fact] {
    let (x, scale) = try (operands.one(.x), operands.one(.scale))
    try checkScale(operands, axis: axis, blockSize: blockSize)
    _ = try commonElement([x, operands[.zeroPoint]])
    guard let element = outputDtype ?? scale.element else { return [.unknown] }
    return [.tensor(element, x.shape)]
  }

  public func evaluate(_ operands: Operands<QuantizationOperand, Tensor>) throws(ModelError) -> [Tensor] {
    let (x, scale) = try (operands.one(.x), operands.one(.scale))
    let target = outputDtype ?? scale.element
    let wide: ElementType = target == .float64 ? .float64 : .float32
    var numbers = try x.converted(to: .float64)
    if let zero = operands[.zeroPoint] {
      numbers = try calculate(.subtract, numbers, spread(zero, over: x.shape, axis: axis, blockSize: blockSize).converted(to: .float64))
    }
    let factors = try spread(scale, over: x.shape, axis: axis, blockSize: blockSize).converted(to: wide)
    return [try calculate(.multiply, numbers.converted(to: wide), factors).converted(to: target)]
  }
}

/// The least and the greatest number of an integer type.
func integerRange(_ element: ElementType) -> (Double, Double) {
  let bits = min(element.bitWidth, 62)
  return element.isSignedInteger ? (-Double(1 << (bits - 1)), Double(1 << (bits - 1) - 1)) : (0, Double(1 << bits - 1))
}

private func checkScale(_ operands: Operands<QuantizationOperand, Fact>, axis: Int, blockSize: Int) throws(ModelError) {
  let (x, scale) = try (operands.one(.x), operands.one(.scale))
  guard blockSize >= 0 else { throw ModelError(.invalidGraph, "blocks of \(blockSize)", at: Place(attribute: "block_size")) }
  guard let shape = x.shape, let scales = scale.shape, !scales.isEmpty else { return }
  if scales.count == 1, scales[0] == 1, blockSize == 0 { return }
  let along = try normalizedAxis(axis, rank: shape.count)
  if blockSize > 0 {
    guard scales.count == shape.count else { throw ModelError(.typeMismatch, "scales of rank \(scales.count) for rank \(shape.count)") }
  } else if scales.count != 1 || (scales[0].number ?? 0) != (shape[along].number ?? scales[0].number ?? 0) && scales[0].number != nil {
    throw ModelError(.typeMismatch, "scales of shape \(scales) for axis \(along) of \(shape)")
  }
}

/// Scales or zero points repeated to the shape of what they apply to.
private func spread(_ scale: Tensor, over shape: Shape, axis: Int, blockSize: Int) throws(ModelError) -> Tensor {
  if scale.count == 1 { return try scale.reshaped(to: []).expanded(to: shape) }
  let along = try normalizedAxis(axis, rank: shape.count)
  if blockSize == 0 {
    guard scale.shape == [shape[along]] else { throw ModelError(.typeMismatch, "scales of shape \(scale.shape) for \(shape)") }
    return try scale.reshaped(to: shape.indices.map { $0 == along ? shape[$0] : 1 }).expanded(to: shape)
  }
  let blocks = shape[along] / blockSize + (shape[along] % blockSize == 0 ? 0 : 1)
  guard scale.rank == shape.count, shape.indices.allSatisfy({ scale.shape[$0] == ($0 == along ? blocks : shape[$0]) }) else {
    throw ModelError(.typeMismatch, "scales of shape \(scale.shape) for \(shape) in blocks of \(blockSize)")
  }
  return try scale.taking((0..<shape[along]).map { $0 / blockSize }, axis: along)
}
