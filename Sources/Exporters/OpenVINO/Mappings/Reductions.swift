import Diagnostics
import GraphIR
import Operators
import Retargeting
import Tensors

/// A reduction, its axes an operand.
private protocol AxesReduction: OpenVINOWritable, Reduction {
  /// Reduces `data` by layers.
  func reduce(_ data: Wire, _ axes: Wire, _ out: LayerWriter, _ fact: Fact) throws(ModelError) -> Wire
  /// What the runtime begins with in place of an infinity, the neutral number; `nil` where it computes as it should.
  var neutralInfinity: Double? { get }
}

extension AxesReduction {
  var neutralInfinity: Double? { nil }

  func limits(_ node: SubjectNode) -> Rejection? {
    let axes = node.operand(AxesOperand.axes)
    if let axes, axes.constant == nil, !keepdims || node.operand(0)?.element == .bool { return .axesUnknown }
    if axes == nil || axes?.constant?.count == 0, node.operand(0)?.shape == nil {
      return Rejection(.rank, "all or no axes of a tensor of unknown rank")
    }
    return nil
  }

  func write(_ node: SubjectNode, _ out: LayerWriter) throws(ModelError) -> [Wire] {
    let data = try out.operand(0)
    var axes = out.operandIfPresent(1)
    if axes?.shape == [0] { axes = nil }
    if axes == nil, noopWithEmptyAxes { return [try reduceEachElement(data, out, node.result(0))] }
    let all = try out.present(axes) { () throws(ModelError) in try out.integers(Array(0..<(data.rank ?? 0))) }
    let result = try reduce(data, all, out, node.result(0))
    guard let neutralInfinity, data.element.isFloatingPoint, node.isComparedOrGiven else { return [result] }
    let infinity = try out.scalar(neutralInfinity, data.element)
    let alike = out.binary("Equal", data, infinity, gives: .bool)
    // Of truth values the runtime reduces no computed axes.
    let shares = layer("ReduceMin", out.convert(alike, to: .float32), all, out, node.result(0))
    let isEmpty = out.binary("Greater", shares, try out.scalar(0.5, .float32), gives: .bool)
    return [out.layer("Select", 1, [isEmpty, infinity, result], [("auto_broadcast", "numpy")], as: node.result(0))]
  }

  /// No axes: the runtime takes no empty list of them, so each element is reduced along an axis of its own.
  private func reduceEachElement(_ data: Wire, _ out: LayerWriter, _ fact: Fact) throws(ModelError) -> Wire {
    guard let rank = data.rank else { throw ModelError(.notExpressible, "no axes of a tensor of unknown rank") }
    var fact = fact
    if keepdims, let type = fact.type?.tensorType, let shape = type.shape { fact.type = .tensor(type.element, shape + [1]) }
    let result = try reduce(out.unsqueeze(data, rank), out.integers([rank]), out, fact)
    return keepdims ? try out.squeeze(result, rank) : result
  }

  func layer(_ type: String, opset: Int = 1, _ data: Wire, _ axes: Wire, _ out: LayerWriter, _ fact: Fact) -> Wire {
    out.layer(type, opset, [data, axes], [("keep_dims", keepdims.text)], gives: data.element, fact.shape)
  }
}

extension SubjectNode {
  /// Whether somebody would see that an infinity has become the greatest number.
  fileprivate var isComparedOrGiven: Bool {
    let value = graph[graph[id].results[0]]
    return value.isOutput || value.uses.contains { use in
      let op = graph[use.node].op
      return op is Equal || op is Less || op is LessOrEqual || op is Greater || op is GreaterOrEqual || op is IsInf
    }
  }
}

/// The runtime's largest of nothing, or of negative infinities alone, is the lowest finite number.
extension ReduceMax: AxesReduction {
  var neutralInfinity: Double? { -.infinity }
  func reduce(_ data: Wire, _ axes: Wire, _ out: LayerWriter, _ fact: Fact) -> Wire {
    layer(data.element == .bool ? "ReduceLogicalOr" : "ReduceMax", data, axes, out, fact)
  }
}
extension ReduceMin: AxesReduction {
  var neutralInfinity: Double? { .infinity }
  func reduce(_ data: Wire, _ axes: Wire, _ out: LayerWriter, _ fact: Fact) -> Wire {
    layer(data.element == .bool ? "ReduceLogicalAnd" : "ReduceMin", data, axes, out, fact)
  }
}
extension ReduceMean: AxesReduction {
  func reduce(_ data: Wire, _ axes: Wire, _ out: LayerWriter, _ fact: Fact) -> Wire { layer("ReduceMean", data, axes, out, fact) }
}
extension ReduceSum: AxesReduction {
  func reduce(_ data: Wire, _ axes: Wire, _ out: LayerWriter, _ fact: Fact) -> Wire { layer("ReduceSum", data, axes, out, fact) }
}
extension ReduceProd: AxesReduction {
  func reduce(_ data: Wire, _ axes: Wire, _ out: LayerWriter, _ fact: Fact) -> Wire { layer("ReduceProd", data, axes, out, fact) }
}
extension ReduceL1: AxesReduction {
  func reduce(_ data: Wire, _ axes: Wire, _ out: LayerWriter, _ fact: Fact) -> Wire { layer("ReduceL1", opset: 4, data, axes, out, fact) }
}
extension ReduceL2: AxesReduction {
  func reduce(_ data: Wire, _ axes: Wire, _ out: LayerWriter, _ fact: Fact) -> Wire { layer("ReduceL2", opset: 4, data, axes, out, fact) }
}
extension ReduceSumSquare: AxesReduction {
  func reduce(_ data: Wire, _ axes: Wire, _ out: LayerWriter, _ fact: Fact) -> Wire {
    layer("ReduceSum", out.binary("Multiply", data, data), axes, out, fact)
  }
}
extension ReduceLogSum: AxesReduction {
  func reduce(_ data: Wire, _ axes: Wire, _ out: LayerWriter, _ fact: Fact) -> Wire {
    out.layer("Log", 1, [layer("ReduceSum", data, axes, out, fact)], as: fact)
  }
}

/// `log Σ exp(x − m) + m`, with `m` the largest element, so that nothing overflows.
extension ReduceLogSumExp: AxesReduction {
  func reduce(_ data: Wire, _ axes: Wire, _ out: LayerWriter, _ fact: Fact) throws(ModelError) -> Wire {
    let kept = data.shape.map { [Dim](repeating: .unknown, count: $0.count) }
    let greatest = out.layer("ReduceMax", 1, [data, axes], [("keep_dims", "true")], gives: data.element, kept)
    let powers = out.layer("Exp", 1, [out.binary("Subtract", data, greatest)], gives: data.element, data.shape)
    let logarithm = out.layer("Log", 1, [layer("ReduceSum", powers, axes, out, fact)], as: fact)
    let offset = keepdims ? greatest : layer("ReduceMax", data, axes, out, fact)
    return out.binary("Add", logarithm, offset)
  }
}

/// A global pool is a reduction over all axes behind the second.
private protocol GlobalReduction: OpenVINOWritable {
  func reduce(_ x: Wire, axes: [Int], _ out: LayerWriter) throws(ModelError) -> Wire
}

extension GlobalReduction {
  func limits(_ node: SubjectNode) -> Rejection? {
    node.operand(0)?.shape == nil ? Rejection(.rank, "the spatial axes of a tensor of unknown rank") : nil
  }

  func write(_ node: SubjectNode, _ out: LayerWriter) throws(ModelError) -> [Wire] {
    let x = try out.operand(0)
    return [try reduce(x, axes: Array(2..<max(2, x.rank ?? 2)), out)]
  }
}

extension GlobalAveragePool: GlobalReduction {
  func reduce(_ x: Wire, axes: [Int], _ out: LayerWriter) throws(ModelError) -> Wire { try out.reduce("ReduceMean", x, axes: axes, keep: true) }
}
extension GlobalMaxPool: GlobalReduction {
  func reduce(_ x: Wire, axes: [Int], _ out: LayerWriter) throws(ModelError) -> Wire { try out.reduce("ReduceMax", x, axes: axes, keep: true) }
}
extension GlobalLpPool: GlobalReduction {
  func reduce(_ x: Wire, axes: [Int], _ out: LayerWriter) throws(ModelError) -> Wire {
    if p == 1 || p == 2 { return try out.reduce("ReduceL\(p)", x, axes: axes, keep: true) }
    let magnitude = out.layer("Abs", 1, [x], gives: x.element, x.shape)
    let powers = out.binary("Power", magnitude, try out.scalar(Double(p), x.element))
    let sum = try out.reduce("ReduceSum", powers, axes: axes, keep: true)
    return out.binary("Power", sum, try out.scalar(1 / Double(p), x.element))
  }
}

/// With the axis' sizes flattened first where the model's older operator set does so.
private protocol AxisSoftmax: OpenVINOWritable {
  var axis: Int { get }
  var coerced: Bool { get }
  static var layerType: (String, Int) { get }
}

extension AxisSoftmax {
  private func flattens(_ node: SubjectNode) -> Bool {
    guard coerced else { return false }
    guard let rank = node.operand(0)?.shape?.count else { return axis != -1 }
    return axis != -1 && axis != rank - 1
  }

  func limits(_ node: SubjectNode) -> Rejection? {
    flattens(node) && node.operand(0)?.shape == nil ? Rejection(.rank, "a tensor of unknown rank to be flattened") : nil
  }

  func write(_ node: SubjectNode, _ out: LayerWriter) throws(ModelError) -> [Wire] {
    let x = try out.operand(0)
    let (type, opset) = Self.layerType
    guard flattens(node), let rank = x.rank else {
      return [out.layer(type, opset, [x], [("axis", String(axis))], as: node.result(0))]
    }
    let flat = try out.flatten(x, at: axis < 0 ? axis + rank : axis)
    let result = out.layer(type, opset, [flat], [("axis", "1")], gives: x.element, flat.shape)
    return [out.reshape(result, to: try out.sizes(of: x), shape: x.shape)]
  }
}

extension Softmax: AxisSoftmax { static let layerType = ("SoftMax", 8) }
extension LogSoftmax: AxisSoftmax { static let layerType = ("LogSoftmax", 5) }

extension CumSum: OpenVINOWritable {
  func write(_ node: SubjectNode, _ out: LayerWriter) throws(ModelError) -> [Wire] {
    let axis = try out.asScalar(out.operand(1))
    return [
      out.layer("CumSum", 3, [try out.operand(0), axis], [("exclusive", exclusive.text), ("reverse", reverse.text)], as: node.result(0))
    ]
  }
}

extension TopK: OpenVINOWritable {
  func limits(_ node: SubjectNode) -> Rejection? {
    node.operand(0)?.element == .bool ? Rejection(.elementType, "truth values have no order in OpenVINO") : nil
  }

  func write(_ node: SubjectNode, _ out: LayerWriter) throws(ModelError) -> [Wire] {
    let (x, k) = (try out.operand(0), try out.asScalar(out.operand(1)))
    return out.topK(x, k, axis: axis, largest: largest, sorted: sorted, shape: node.result(0).shape)
  }
}

/// The last of equal elements is found in the reversed tensor.
private protocol Extreme: OpenVINOWritable {
  var axis: Int { get }
  var keepdims: Bool { get }
  var selectLastIndex: Bool { get }
  var isLargest: Bool { get }
}

extension Extreme {
  func limits(_ node: SubjectNode) -> Rejection? {
    guard selectLastIndex, axis < 0, node.operand(0)?.shape == nil else { return nil }
    return Rejection(.rank, "an axis counted from the end of a tensor of unknown rank")
  }

  func write(_ node: SubjectNode, _ out: LayerWriter) throws(ModelError) -> [Wire] {
    var x = try out.operand(0)
    let along = axis < 0 && x.rank != nil ? axis + (x.rank ?? 0) : axis
    let original = x
    if selectLastIndex { x = try out.slice(x, from: -1, to: Int(Int32.min), step: -1, axis: along, shape: x.shape) }
    var shape = x.shape
    if along >= 0, along < shape?.count ?? 0 { shape?[along] = 1 }
    var index = out.topK(x, try out.integer(1), axis: along, largest: isLargest, sorted: true, shape: shape)[1]
    if selectLastIndex {
      let size = try out.elements([along], of: out.sizes(of: original), scalar: true)
      index = out.binary("Subtract", out.binary("Subtract", size, try out.integer(1)), index)
    }
    return [try keepdims ? index : out.squeeze(index, along)]
  }
}

extension ArgMax: Extreme { var isLargest: Bool { true } }
extension ArgMin: Extreme { var isLargest: Bool { false } }

extension LayerWriter {
  /// Values and 64-bit indices of the `k` largest or smallest; of equal ones, the first come first.
  func topK(_ x: Wire, _ k: Wire, axis: Int, largest: Bool, sorted: Bool, shape: [Dim]?) -> [Wire] {
    layer(
      Layer(
        name: "", type: "TopK", opset: 11,
        data: [
          ("axis", String(axis)), ("mode", largest ? "max" : "min"), ("sort", sorted ? "value" : "none"),
          ("index_element_type", "i64"), ("stable", sorted.text),
        ],
        inputs: [x, k], outputs: [.init(element: x.element, shape: shape), .init(element: .int64, shape: shape)]))
  }
}
