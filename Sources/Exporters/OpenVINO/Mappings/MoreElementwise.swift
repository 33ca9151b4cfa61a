import Diagnostics
import GraphIR
import Operators
import Retargeting
import Tensors

/// An operator of one operand that is one layer without attributes.
private protocol PlainUnary: OpenVINOWritable {
  static var layerType: (String, Int) { get }
}

extension PlainUnary {
  func write(_ node: SubjectNode, _ out: LayerWriter) throws(ModelError) -> [Wire] {
    [out.layer(Self.layerType.0, Self.layerType.1, [try out.operand(0)], as: node.result(0))]
  }
}

extension Acos: PlainUnary { static let layerType = ("Acos", 1) }
extension Acosh: PlainUnary { static let layerType = ("Acosh", 4) }
extension Asin: PlainUnary { static let layerType = ("Asin", 1) }
extension Asinh: PlainUnary { static let layerType = ("Asinh", 4) }
extension Atan: PlainUnary { static let layerType = ("Atan", 1) }
extension Atanh: PlainUnary { static let layerType = ("Atanh", 4) }
extension Cosh: PlainUnary { static let layerType = ("Cosh", 1) }
extension Sinh: PlainUnary { static let layerType = ("Sinh", 1) }
extension Tan: PlainUnary { static let layerType = ("Tan", 1) }
extension Mish: PlainUnary { static let layerType = ("Mish", 4) }
extension BitwiseNot: PlainUnary { static let layerType = ("BitwiseNot", 13) }

/// Bits are combined by layers of two operands.
private protocol BitwiseLayer: OpenVINOWritable {
  var layerType: (String, Int) { get }
}

extension BitwiseLayer {
  func write(_ node: SubjectNode, _ out: LayerWriter) throws(ModelError) -> [Wire] {
    let operands = [try out.operand(0), try out.operand(1)]
    return [out.layer(layerType.0, layerType.1, operands, [("auto_broadcast", "numpy")], as: node.result(0))]
  }
}

extension BitwiseAnd: BitwiseLayer { var layerType: (String, Int) { ("BitwiseAnd", 13) } }
extension BitwiseOr: BitwiseLayer { var layerType: (String, Int) { ("BitwiseOr", 13) } }
extension BitwiseXor: BitwiseLayer { var layerType: (String, Int) { ("BitwiseXor", 13) } }
extension BitShift: BitwiseLayer {
  var layerType: (String, Int) { (direction == .left ? "BitwiseLeftShift" : "BitwiseRightShift", 15) }
}

extension CastLike: OpenVINOWritable {
  func limits(_ node: SubjectNode) -> Rejection? {
    node.result(0).element == nil ? Rejection(.elementType, "an element type that is not known") : nil
  }

  func write(_ node: SubjectNode, _ out: LayerWriter) throws(ModelError) -> [Wire] {
    let x = try out.operand(0)
    let element = node.result(0).element ?? x.element
    guard element == .bool, x.element != .bool else { return [saturate ? try out.saturated(x, to: element) : out.convert(x, to: element)] }
    return [out.binary("NotEqual", x, try out.scalar(0, x.element), gives: .bool)]
  }
}

extension Swish: OpenVINOWritable {
  func write(_ node: SubjectNode, _ out: LayerWriter) throws(ModelError) -> [Wire] {
    let x = try out.operand(0)
    return [out.layer("Swish", 4, alpha == 1 ? [x] : [x, try out.scalar(Double(alpha), x.element)], as: node.result(0))]
  }
}

/// `alpha · elu(x / alpha)`
extension Celu: OpenVINOWritable {
  func write(_ node: SubjectNode, _ out: LayerWriter) throws(ModelError) -> [Wire] {
    let x = try out.operand(0)
    let factor = try out.scalar(Double(alpha), x.element)
    let bent = out.layer("Elu", 1, [out.binary("Divide", x, factor)], [("alpha", "1")], as: node.result(0))
    return [out.binary("Multiply", bent, factor)]
  }
}

extension ThresholdedRelu: OpenVINOWritable {
  func write(_ node: SubjectNode, _ out: LayerWriter) throws(ModelError) -> [Wire] {
    let x = try out.operand(0)
    let isKept = out.binary("Greater", x, try out.scalar(Double(alpha), x.element), gives: .bool)
    return [out.layer("Select", 1, [isKept, x, try out.scalar(0, x.element)], [("auto_broadcast", "numpy")], as: node.result(0))]
  }
}

extension MeanVarianceNormalization: OpenVINOWritable {
  func write(_ node: SubjectNode, _ out: LayerWriter) throws(ModelError) -> [Wire] {
    let data = [("eps", "1e-09"), ("normalize_variance", "true"), ("eps_mode", "OUTSIDE_SQRT")]
    return [out.layer("MVN", 6, [try out.operand(0), try out.integers(axes ?? [0, 2, 3])], data, as: node.result(0))]
  }
}

/// `x / √(mean of squares + epsilon) · scale`
extension RMSNormalization: OpenVINOWritable {
  func limits(_ node: SubjectNode) -> Rejection? {
    node.operand(0)?.shape == nil ? Rejection(.rank, "a tensor of unknown rank") : nil
  }

  func write(_ node: SubjectNode, _ out: LayerWriter) throws(ModelError) -> [Wire] {
    let x = try out.operand(0)
    let rank = x.rank ?? 1
    let axes = Array((axis < 0 ? axis + rank : axis)..<max(rank, 1))
    let squares = try out.reduce("ReduceMean", out.binary("Multiply", x, x), axes: axes, keep: true)
    let shifted = out.binary("Add", squares, try out.scalar(Double(epsilon), x.element))
    let root = out.layer("Sqrt", 1, [shifted], gives: x.element, shifted.shape)
    return [out.binary("Multiply", out.binary("Divide", x, root), try out.operand(1))]
  }
}

extension Einsum: OpenVINOWritable {
  func limits(_ node: SubjectNode) -> Rejection? {
    equation == nil ? Rejection(.attribute, "no equation") : nil
  }

  func write(_ node: SubjectNode, _ out: LayerWriter) throws(ModelError) -> [Wire] {
    let text = (equation ?? "").filter { $0 != " " }
    return [out.layer("Einsum", 7, out.allOperands, [("equation", text)], as: node.result(0))]
  }
}

extension ReverseSequence: OpenVINOWritable {
  func write(_ node: SubjectNode, _ out: LayerWriter) throws(ModelError) -> [Wire] {
    let data = [("batch_axis", String(batchAxis)), ("seq_axis", String(timeAxis))]
    return [out.layer("ReverseSequence", 1, [try out.operand(0), try out.operand(1)], data, as: node.result(0))]
  }
}

/// Boxes are kept in the order in which they are found, class by class.
extension NonMaxSuppression: OpenVINOWritable {
  func write(_ node: SubjectNode, _ out: LayerWriter) throws(ModelError) -> [Wire] {
    let boxes = try out.operand(0)
    let limit = try out.scalarOperand(2) { () throws(ModelError) in try out.integer(0) }
    let overlap = try out.scalarOperand(3) { () throws(ModelError) in try out.scalar(0, .float32) }
    let score = try out.scalarOperand(4) { () throws(ModelError) in try out.scalar(-3.4e38, .float32) }
    let data = [
      ("box_encoding", centerPointBox ? "center" : "corner"), ("sort_result_descending", "false"), ("output_type", "i64"),
    ]
    let outputs: [Layer.Output] = [
      .init(element: .int64, shape: [.unknown, 3]), .init(element: .float32, shape: [.unknown, 3]), .init(element: .int64, shape: [1]),
    ]
    return out.layer(
      Layer(
        name: "", type: "NonMaxSuppression", opset: 9, data: data, inputs: [boxes, try out.operand(1), limit, overlap, score],
        outputs: outputs))
  }
}
