import Diagnostics
import GraphIR
import Operators
import Retargeting
import Rewriting
import Tensors

extension ElementType {
  /// The numbers of a small integer type.
  var smallRange: (low: Float, high: Float)? {
    switch self {
    case .int8: (-128, 127)
    case .uint8: (0, 255)
    case .int16: (-32768, 32767)
    case .uint16: (0, 65535)
    default: nil
    }
  }
}

extension SubjectNode {
  /// True when operand 0 has been clipped to numbers that `element` holds.
  func isClipped(to element: ElementType) -> Bool {
    guard let range = element.smallRange, let clip = producer(ofOperand: 0), clip.op is Clip, let low = clip.operand(1)?.number,
      let high = clip.operand(2)?.number
    else { return false }
    return low >= range.low && high <= range.high
  }

  /// Why scale and zero point have no form.
  fileprivate func scaleLimits(_ blockSize: Int, _ element: ElementType?) -> Rejection? {
    if blockSize != 0 { return Rejection(.quantization, "scales for blocks of an axis") }
    guard operand(1)?.constant != nil, operand(2).map({ $0.constant != nil }) ?? true else {
      return Rejection(.quantization, "scales that are computed when the model runs")
    }
    guard let element, element.smallRange != nil || element == .int32 else { return Rejection(.quantization, "quantisation to \(element?.rawValue ?? "?")") }
    return nil
  }

  /// Scale or zero point beside operand 0, along `axis` where there are several; `nil` for none, or zeros.
  fileprivate func parameter(_ index: Int, axis: Int, _ out: LayerWriter) throws(ModelError) -> Blob? {
    guard let tensor = operand(index)?.constant, let shape = operand(0)?.shape, let layout = MatLayout(shape) else { return nil }
    let along = axis < 0 ? axis + shape.count : axis
    let values = try tensor.floats()
    if index == 2, values.allSatisfy({ $0 == 0 }) { return nil }
    let sizes = layout.axes.map { $0 == along && values.count > 1 ? Dim.number(values.count) : 1 }
    return try out.constant(Tensor(.float32, [values.count], elements: values), sizes.isEmpty ? [1] : sizes)
  }
}

/// Integers as floats: divided by the scale, rounded, moved by the zero point, cut to the range of the type.
extension QuantizeLinear: NCNNWritable {
  var takesIntegers: Bool { true }
  func dataOperands(_ node: SubjectNode) -> [Int] { [0] }
  func limits(_ node: SubjectNode) -> Rejection? { node.scaleLimits(blockSize, node.result(0).element) }

  func write(_ node: SubjectNode, _ out: LayerWriter) throws(ModelError) -> [Blob?] {
    guard let scale = try node.parameter(1, axis: axis, out), let range = node.result(0).element?.smallRange else { throw ModelError(.notExpressible, "no scale") }
    var steps = out.unary(.round, out.binary(.div, try out.operand(0), scale))
    if let zero = try node.parameter(2, axis: axis, out) { steps = out.binary(.add, steps, zero) }
    return [out.layer("Clip", [steps], [(0, .float(range.low)), (1, .float(range.high))], sizes: steps.sizes)]
  }
}

extension DequantizeLinear: NCNNWritable {
  var takesIntegers: Bool { true }
  func dataOperands(_ node: SubjectNode) -> [Int] { node.operand(0)?.constant == nil ? [0] : [] }

  func limits(_ node: SubjectNode) -> Rejection? {
    node.operand(0)?.constant != nil && node.operand(1)?.constant != nil ? nil : node.scaleLimits(blockSize, node.operand(0)?.element)
  }

  func write(_ node: SubjectNode, _ out: LayerWriter) throws(ModelError) -> [Blob?] {
    if let tensor = node.dequantized { return [try out.constant(tensor, out.sizes(of: node.result(0)))] }
    guard let scale = try node.parameter(1, axis: axis, out) else { throw ModelError(.notExpressible, "no scale") }
    var steps = try out.operand(0)
    if let zero = try node.parameter(2, axis: axis, out) { steps = out.binary(.sub, steps, zero) }
    return [out.binary(.mul, steps, scale)]
  }
}

extension SubjectNode {
  /// What a `DequantizeLinear` of constants gives.
  fileprivate var dequantized: Tensor? {
    guard let op = operatorIf(DequantizeLinear.self), let data = operand(0)?.constant, let scale = operand(1)?.constant,
      operand(2).map({ $0.constant != nil }) ?? true
    else { return nil }
    return try? deferredResults(op, [data, scale, operand(2)?.constant], resultCount: 1).first
  }

  /// A constant operand, one that is stored as integers included.
  func tensor(_ index: Int) -> Tensor? { operand(index)?.constant ?? producer(ofOperand: index)?.dequantized }
  func tensor(_ slot: some OperandSlot) -> Tensor? { tensor(slot.rawValue) }

  /// True for an operand that is absent or a constant.
  func isAbsentOrTensor(_ index: Int) -> Bool { operand(index) == nil || tensor(index) != nil }
}

/// A layer that computes with 8-bit integers: its weights, and the inverse scales that are stored behind its bias.
struct IntegerForm {
  /// What is quantised on the way in, before it is.
  var source: ValueID
  var weight: Tensor
  /// For each output.
  var weightScales: [Float]
  var inputScale: Float

  /// `nil` unless operand 0 goes through symmetric 8-bit integers and operand 1 is a constant of such, one scale for each output, which is a row
  /// of it, or a column.
  init?(_ node: SubjectNode, outputsAreColumns: Bool = false) {
    let node0 = node.graph[node.id]
    guard node0.operands.count > 1, let weights = node0.operands[1], let stored = node.producer(ofOperand: 1), stored.op is DequantizeLinear,
      let tensor = stored.operand(0)?.constant, tensor.element == .int8, let type = node.graph.dequantized(weights)?.type,
      type.isSymmetric, type.blockSize == 0, tensor.rank > 0, !outputsAreColumns || tensor.rank == 2,
      type.isPerTensor || type.axis == (outputsAreColumns ? 1 : 0), let rows = outputsAreColumns ? try? tensor.exchanged() : tensor
    else { return nil }
    guard let restored = node.producer(ofOperand: 0), restored.op is DequantizeLinear, let steps = restored.producer(ofOperand: 0),
      steps.op is QuantizeLinear, steps.result(0).element == .int8, let scale = restored.operand(1)?.number, steps.operand(1)?.number == scale,
      [steps, restored].allSatisfy({ $0.operand(2).map { $0.number == 0 } ?? true }), let value = node.graph[steps.id].operands[0]
    else { return nil }
    // ncnn's integers lie in ±127.
    guard (try? tensor.elements(as: Int8.self))?.allSatisfy({ $0 > -128 }) == true, scale > 0 else { return nil }
    source = value
    weight = rows
    inputScale = 1 / scale
    let scales = type.scales.map { 1 / $0 }
    weightScales = scales.count == 1 ? [Float](repeating: scales[0], count: rows.shape[0]) : scales
  }

  /// What is stored behind the bias.
  func scaleWeights() throws(ModelError) -> [Weight] {
    [
      .plain(try Tensor(.float32, [weightScales.count], elements: weightScales)), .plain(try Tensor(.float32, [1], elements: [inputScale])),
    ]
  }
}
