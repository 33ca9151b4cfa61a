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

/// Where the count is no place of the integer, ONNX has no bit left, or the sign alone; the runtime shifts by the count modulo the width.
extension BitShift: OpenVINOWritable {
  func write(_ node: SubjectNode, _ out: LayerWriter) throws(ModelError) -> [Wire] {
    let (x, count) = (try out.operand(0), try out.operand(1))
    let width = min(x.element.bitWidth, 32)
    let known = node.operand(1)?.constant.flatMap { try? $0.doubles() }
    func shifted(by count: Wire) -> Wire {
      out.layer(direction == .left ? "BitwiseLeftShift" : "BitwiseRightShift", 15, [x, count], [("auto_broadcast", "numpy")], as: node.result(0))
    }
    if let known, known.allSatisfy({ $0 >= 0 && $0 < Double(width) }) { return [shifted(by: count)] }
    var isBeyond = out.binary("GreaterEqual", count, try out.scalar(Double(width), count.element), gives: .bool)
    if !x.element.isUnsignedInteger {
      isBeyond = out.binary("LogicalOr", isBeyond, out.binary("Less", count, try out.scalar(0, count.element), gives: .bool), gives: .bool)
    }
    func chosen(_ yes: Wire, _ no: Wire) -> Wire { out.layer("Select", 1, [isBeyond, yes, no], [("auto_broadcast", "numpy")], gives: no.element, no.shape) }
    if direction == .right, !x.element.isUnsignedInteger {
      return [shifted(by: chosen(try out.scalar(Double(width - 1), count.element), count))]
    }
    return [chosen(try out.scalar(0, x.element), shifted(by: count))]
  }
}

extension CastLike: OpenVINOWritable {
  func limits(_ node: SubjectNode) -> Rejection? {
    node.result(0).element == nil ? Rejection(.elementType, "an element type that is not known") : nil
  }

  func write(_ node: SubjectNode, _ out: LayerWriter) throws(ModelError) -> [Wire] {
    let x = try out.operand(0)
    let element = node.result(0).element ?? x.element
    return [try out.cast(x, to: element, saturating: saturate, roundMode)]
  }
}

/// Integers of one width are converted, which keeps their bits; of other numbers the runtime gives none.
extension BitCast: OpenVINOWritable {
  func limits(_ node: SubjectNode) -> Rejection? {
    guard let element = node.operand(0)?.element else { return Rejection(.elementType, "an element type that is not known") }
    if element == to || element.bitWidth == to.bitWidth && (element.isInteger || element == .bool) && to.isInteger { return nil }
    return Rejection(.noEquivalent, "the bits of \(element.rawValue) as \(to.rawValue): no layer reads the bits of floating-point numbers")
  }

  func write(_ node: SubjectNode, _ out: LayerWriter) throws(ModelError) -> [Wire] { [out.convert(try out.operand(0), to: to)] }
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
    let isKept = out.binary("Less", try out.scalar(Double(alpha), x.element), x, gives: .bool)
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

/// Boxes are kept in the order in which they are found, class by class. The runtime drops a box whose overlap is as large as the bound,
/// ONNX one whose overlap is larger: the bound is the next number.
extension NonMaxSuppression: OpenVINOWritable {
  private func bound(_ node: SubjectNode, _ out: LayerWriter) throws(ModelError) -> Wire {
    let least = Float.leastNormalMagnitude
    guard let given = node.operand(3) else { return try out.scalar(Double(least), .float32) }
    if let number = given.constant.flatMap({ try? $0.floats() })?.first { return try out.scalar(Double(max(number.nextUp, least)), .float32) }
    let number = try out.asScalar(out.operand(3))
    // A little more than half a unit in the last place, which is rounded to one.
    let next = out.binary("Add", number, out.binary("Multiply", number, try out.scalar(0x1.04p-24, .float32)))
    return out.binary("Maximum", next, try out.scalar(Double(least), .float32))
  }

  func write(_ node: SubjectNode, _ out: LayerWriter) throws(ModelError) -> [Wire] {
    let boxes = try out.operand(0)
    let limit = try out.scalarOperand(2) { () throws(ModelError) in try out.integer(0) }
    let overlap = try bound(node, out)
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
