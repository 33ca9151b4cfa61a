import Diagnostics
import GraphIR
import Operators
import Retargeting
import Tensors

extension LayerWriter {
  /// A scale or zero point so that it is broadcast over `x`: one number, or one for each coordinate of `axis`.
  fileprivate func spread(_ parameter: Wire, _ constant: Tensor?, axis: Int, rank: Int?) throws(ModelError) -> Wire {
    guard let rank, rank > 1, parameter.rank == 1, parameter.shape != [1] else {
      return parameter.shape == [1] ? try asScalar(parameter) : parameter
    }
    var sizes = [Int](repeating: 1, count: rank)
    sizes[axis] = -1
    if let constant {
      sizes[axis] = constant.count
      return try self.constant(constant.reshaped(to: sizes))
    }
    return try reshape(parameter, sizes)
  }
}

private func alongAxis(_ axis: Int, _ node: SubjectNode) -> Int? {
  guard let rank = node.operand(0)?.shape?.count else { return nil }
  let along = axis < 0 ? axis + rank : axis
  return (0..<max(rank, 1)).contains(along) ? along : nil
}

private func parameterLimits(_ node: SubjectNode, axis: Int, blockSize: Int) -> Rejection? {
  let scale = node.operand(QuantizationOperand.scale)
  guard let rank = scale?.shape?.count else { return Rejection(.rank, "a scale of unknown rank") }
  if rank > 0, scale?.shape != [1], alongAxis(axis, node) == nil { return Rejection(.rank, "a scale for each coordinate of a tensor of unknown rank") }
  if blockSize > 0 {
    guard let shape = node.operand(0)?.type?.tensorType?.fixedShape, let along = alongAxis(axis, node) else {
      return Rejection(.dynamicShape, "blocks of a tensor of unknown size")
    }
    if shape[along] % blockSize != 0, node.operand(0)?.constant == nil { return Rejection(.quantization, "a part of a block, of integers that are computed") }
  }
  return nil
}

/// `Convert((x − zero point) · scale)`: what OpenVINO recognises as compressed weights or a quantised operand.
extension DequantizeLinear: OpenVINOWritable {
  func limits(_ node: SubjectNode) -> Rejection? { parameterLimits(node, axis: axis, blockSize: blockSize) }

  func write(_ node: SubjectNode, _ out: LayerWriter) throws(ModelError) -> [Wire] {
    let element = node.result(0).element ?? .float32
    if scalesDepth(node) { return [try out.constant(dequantized(node))] }
    if blockSize > 0 { return [try writeBlocks(node, element, out)] }
    let x = try out.operand(0)
    let along = alongAxis(axis, node) ?? 0
    var result = out.convert(x, to: element)
    if let zero = out.operandIfPresent(2) {
      let spread = try out.spread(zero, node.operand(2)?.constant, axis: along, rank: x.rank)
      result = out.binary("Subtract", result, out.convert(spread, to: element))
    }
    let scale = try out.spread(out.operand(1), node.operand(1)?.constant, axis: along, rank: x.rank)
    return [out.binary("Multiply", result, out.convert(scale, to: element))]
  }

  /// With an axis for the blocks and one within them.
  private func writeBlocks(_ node: SubjectNode, _ element: ElementType, _ out: LayerWriter) throws(ModelError) -> Wire {
    guard let shape = node.operand(0)?.type?.tensorType?.fixedShape, let along = alongAxis(axis, node) else {
      throw ModelError(.notExpressible, "blocks of a tensor of unknown size")
    }
    // The last block may be a part of one: zeros make it whole, and are cut off again.
    var whole = shape
    whole[along] = (shape[along] + blockSize - 1) / blockSize * blockSize
    let inner = Array(whole[..<along]) + [whole[along] / blockSize, blockSize] + Array(whole[(along + 1)...])
    var result: Wire
    if let tensor = node.operand(0)?.constant {
      result = try out.convert(out.constant(tensor.extended(to: whole, along: along).reshaped(to: inner)), to: element)
    } else {
      result = out.convert(try out.reshape(out.operand(0), inner), to: element)
    }
    if node.operand(2) != nil {
      result = out.binary("Subtract", result, out.convert(try perBlock(2, node, along, out), to: element))
    }
    result = out.binary("Multiply", result, out.convert(try perBlock(1, node, along, out), to: element))
    result = try out.reshape(result, whole)
    guard whole != shape else { return result }
    let bounds = [try out.integers([0]), try out.integers([shape[along]]), try out.integers([1]), try out.integers([along])]
    return out.layer("Slice", 8, [result] + bounds, gives: element, shape.map(Dim.number))
  }

  private func perBlock(_ index: Int, _ node: SubjectNode, _ along: Int, _ out: LayerWriter) throws(ModelError) -> Wire {
    guard let tensor = node.operand(index)?.constant else { return try out.unsqueeze(out.operand(index), along + 1) }
    var shape = tensor.shape
    shape.insert(1, at: along + 1)
    return try out.constant(tensor.reshaped(to: shape))
  }
}

/// With parameters that are constants, `FakeQuantize` onto the integers and `Convert`, which OpenVINO fuses; else arithmetic.
extension QuantizeLinear: OpenVINOWritable {
  func limits(_ node: SubjectNode) -> Rejection? {
    if let rejection = parameterLimits(node, axis: axis, blockSize: blockSize) { return rejection }
    if blockSize > 0 { return Rejection(.quantization, "activations quantised in blocks") }
    guard let element = node.result(0).element, element.isInteger || element.greatestSmallFloat != nil else {
      return Rejection(.quantization, "quantisation to \(node.result(0).element?.rawValue ?? "an unknown type")")
    }
    return nil
  }

  func write(_ node: SubjectNode, _ out: LayerWriter) throws(ModelError) -> [Wire] {
    let element = node.result(0).element ?? .uint8
    let x = try out.operand(0)
    let along = alongAxis(axis, node) ?? 0
    if let greatest = element.greatestSmallFloat {
      let scale = try out.spread(out.operand(1), node.operand(1)?.constant, axis: along, rank: x.rank)
      let quotient = out.binary("Divide", x, out.convert(scale, to: x.element))
      return [out.convert(out.layer("Clamp", 1, [quotient], [("min", "-\(greatest)"), ("max", "\(greatest)")], gives: x.element, x.shape), to: element)]
    }
    let low = element.isUnsignedInteger ? 0.0 : -Double(1 << (element.bitWidth - 1))
    let high = low + Double(1 << min(element.bitWidth, 32)) - 1
    if element.bitWidth <= 16, let scale = node.operand(1)?.constant, let zeros = zeroPoints(node, count: scale.count) {
      let ends = try scale.doubles().enumerated().map { ((low - zeros[$0]) * $1, (high - zeros[$0]) * $1) }
      let first = try range(ends.map(\.0), x, scale, along, out), last = try range(ends.map(\.1), x, scale, along, out)
      let operands = [x, first, last, try out.scalar(low, x.element), try out.scalar(high, x.element)]
      let data = [("levels", String(1 << element.bitWidth)), ("auto_broadcast", "numpy")]
      return [out.convert(out.layer("FakeQuantize", 1, operands, data, gives: x.element, x.shape), to: element)]
    }
    let scale = try out.spread(out.operand(1), node.operand(1)?.constant, axis: along, rank: x.rank)
    let quotient = out.binary("Divide", x, out.convert(scale, to: x.element))
    var result = out.layer("Round", 5, [quotient], [("mode", "half_to_even")], gives: x.element, x.shape)
    if let zero = out.operandIfPresent(2) {
      let spread = try out.spread(zero, node.operand(2)?.constant, axis: along, rank: x.rank)
      result = out.binary("Add", result, out.convert(spread, to: x.element))
    }
    result = out.layer("Clamp", 1, [result], [("min", "\(low)"), ("max", "\(high)")], gives: x.element, x.shape)
    return [out.convert(result, to: element)]
  }

  /// The zero point of each scale; `nil` when they are not constants.
  private func zeroPoints(_ node: SubjectNode, count: Int) -> [Double]? {
    guard let fact = node.operand(2) else { return [Double](repeating: 0, count: count) }
    guard let values = try? fact.constant?.doubles(), values.count == count || values.count == 1 else { return nil }
    return values.count == count ? values : [Double](repeating: values[0], count: count)
  }

  private func range(_ values: [Double], _ x: Wire, _ scale: Tensor, _ along: Int, _ out: LayerWriter) throws(ModelError) -> Wire {
    let tensor = try Tensor(.float64, scale.shape, elements: values).converted(to: x.element)
    return try out.spread(out.constant(tensor), tensor, axis: along, rank: x.rank)
  }
}

extension Tensor {
  /// Integers with zeros after them along one axis.
  fileprivate func extended(to whole: Shape, along axis: Int) throws(ModelError) -> Tensor {
    guard whole != shape else { return self }
    let rows = whole[..<axis].reduce(1, *), own = shape[axis...].reduce(1, *), wide = whole[axis...].reduce(1, *)
    let numbers = try doubles()
    var extended = [Double](repeating: 0, count: rows * wide)
    for row in 0..<rows { extended.replaceSubrange(row * wide..<row * wide + own, with: numbers[row * own..<(row + 1) * own]) }
    return try Tensor(.float64, whole, elements: extended).converted(to: element)
  }
}

extension ElementType {
  /// The largest number of the floats of 8 and 4 bits that OpenVINO converts to.
  var greatestSmallFloat: Double? {
    switch self {
    case .float8e4m3fn: 448
    case .float8e5m2: 57_344
    case .float4e2m1: 6
    default: nil
    }
  }
}
