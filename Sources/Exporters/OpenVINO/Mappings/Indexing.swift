import Diagnostics
import GraphIR
import Operators
import Retargeting
import Tensors

extension Gather: OpenVINOWritable {
  func write(_ node: SubjectNode, _ out: LayerWriter) throws(ModelError) -> [Wire] {
    if let codes = normalFloatCodes(node) { return [try out.normalFloats(codes)] }
    let x = try out.operand(0)
    // Of two bits, the 2026.4 runtime's Gather brings the process down.
    let operands = [x.element == .uint2 ? out.convert(x, to: .uint8) : x, try out.operand(1), try out.integer(axis)]
    let gathered = out.layer("Gather", 8, operands, [("batch_dims", "0")], gives: operands[0].element, node.result(0).shape)
    return [out.convert(gathered, to: x.element)]
  }
}

extension GatherElements: OpenVINOWritable {
  func write(_ node: SubjectNode, _ out: LayerWriter) throws(ModelError) -> [Wire] {
    [out.layer("GatherElements", 6, [try out.operand(0), try out.operand(1)], [("axis", String(axis))], as: node.result(0))]
  }
}

extension GatherND: OpenVINOWritable {
  func write(_ node: SubjectNode, _ out: LayerWriter) throws(ModelError) -> [Wire] {
    [out.layer("GatherND", 8, [try out.operand(0), try out.operand(1)], [("batch_dims", String(batchDims))], as: node.result(0))]
  }
}

extension ScatterReduction {
  fileprivate var openVINO: String {
    switch self {
    case .none: "none"
    case .add: "sum"
    case .mul: "prod"
    case .max: "max"
    case .min: "min"
    }
  }
}

extension ScatterElements: OpenVINOWritable {
  func write(_ node: SubjectNode, _ out: LayerWriter) throws(ModelError) -> [Wire] {
    let operands = [try out.operand(0), try out.operand(1), try out.operand(2), try out.integer(axis)]
    let data = [("reduction", reduction.openVINO), ("use_init_val", "true")]
    return [out.layer("ScatterElementsUpdate", 12, operands, data, as: node.result(0))]
  }
}

extension ScatterND: OpenVINOWritable {
  func write(_ node: SubjectNode, _ out: LayerWriter) throws(ModelError) -> [Wire] {
    let operands = [try out.operand(0), try out.operand(1), try out.operand(2)]
    if reduction == .none { return [out.layer("ScatterNDUpdate", 4, operands, as: node.result(0))] }
    return [out.layer("ScatterNDUpdate", 15, operands, [("reduction", reduction.openVINO)], as: node.result(0))]
  }
}

/// Negative indices count from the end, as since operator set 16.
extension OneHot: OpenVINOWritable {
  func write(_ node: SubjectNode, _ out: LayerWriter) throws(ModelError) -> [Wire] {
    let indices = out.convert(try out.operand(0), to: .int64)
    let depth = out.convert(try out.asScalar(out.operand(1)), to: .int64)
    let values = try out.operand(2)
    let (off, on) = (try out.elements([0], of: values, scalar: true), try out.elements([1], of: values, scalar: true))
    let data = [("axis", String(axis)), ("negative_indices_mode", "normalize")]
    return [out.layer("OneHot", 16, [indices, depth, on, off], data, as: node.result(0))]
  }
}

extension Unique: OpenVINOWritable {
  func write(_ node: SubjectNode, _ out: LayerWriter) throws(ModelError) -> [Wire] {
    let x = try out.operand(0)
    let outputs = (0..<4).map { index in
      Layer.Output(element: index == 0 ? x.element : .int64, shape: index < node.resultCount ? node.result(index).shape : [.unknown])
    }
    let data = [("sorted", sorted.text), ("index_element_type", "i64"), ("count_element_type", "i64")]
    let inputs = try axis.map { (axis) throws(ModelError) in [x, try out.integer(axis)] } ?? [x]
    return out.layer(Layer(name: "", type: "Unique", opset: 10, data: data, inputs: inputs, outputs: outputs))
  }
}

extension NonZero: OpenVINOWritable {
  func write(_ node: SubjectNode, _ out: LayerWriter) throws(ModelError) -> [Wire] {
    [out.layer("NonZero", 3, [try out.operand(0)], [("output_type", "i64")], as: node.result(0))]
  }
}

extension ShapeOf: OpenVINOWritable {
  func limits(_ node: SubjectNode) -> Rejection? {
    let counted = start < 0 || (end ?? 0) < 0
    return counted && node.operand(0)?.shape == nil ? Rejection(.rank, "axes counted from the end of a tensor of unknown rank") : nil
  }

  func write(_ node: SubjectNode, _ out: LayerWriter) throws(ModelError) -> [Wire] {
    let x = try out.operand(0)
    let all = out.layer("ShapeOf", 3, [x], [("output_type", "i64")], gives: .int64, x.rank.map { [.number($0)] })
    guard start != 0 || end != nil else { return [all] }
    return [try out.slice(all, from: start, to: end ?? Int(Int32.max), axis: 0, shape: node.result(0).shape)]
  }
}

extension Size: OpenVINOWritable {
  func write(_ node: SubjectNode, _ out: LayerWriter) throws(ModelError) -> [Wire] {
    [try out.reduce("ReduceProd", out.sizes(of: out.operand(0)), axes: [0], keep: false)]
  }
}

extension RangeOf: OpenVINOWritable {
  func write(_ node: SubjectNode, _ out: LayerWriter) throws(ModelError) -> [Wire] {
    var operands: [Wire] = []
    for index in 0..<3 { operands.append(try out.asScalar(out.operand(index))) }
    let element = node.result(0).element ?? operands[0].element
    return [out.layer("Range", 4, operands, [("output_type", element.openVINO?.type ?? "")], gives: element, node.result(0).shape)]
  }
}

extension ConstantOfShape: OpenVINOWritable {
  func write(_ node: SubjectNode, _ out: LayerWriter) throws(ModelError) -> [Wire] {
    let filling: Tensor
    if let value { filling = try value.reshaped(to: []) } else { filling = try Tensor.scalar(Float(0)) }
    return [out.layer("Broadcast", 3, [try out.constant(filling), try out.operand(0)], [("mode", "numpy")], as: node.result(0))]
  }
}

extension EyeLike: OpenVINOWritable {
  func write(_ node: SubjectNode, _ out: LayerWriter) throws(ModelError) -> [Wire] {
    let x = try out.operand(0)
    let element = dtype ?? x.element
    let sizes = try out.sizes(of: x)
    let operands = [try out.elements([0], of: sizes, scalar: true), try out.elements([1], of: sizes, scalar: true), try out.integer(k)]
    return [out.layer("Eye", 9, operands, [("output_type", element.openVINO?.type ?? "")], gives: element, node.result(0).shape)]
  }
}

/// Where the column's number less the row's lies on the kept side of `k`.
extension Trilu: OpenVINOWritable {
  func limits(_ node: SubjectNode) -> Rejection? {
    node.operand(0)?.shape == nil ? Rejection(.rank, "a tensor of unknown rank") : nil
  }

  func write(_ node: SubjectNode, _ out: LayerWriter) throws(ModelError) -> [Wire] {
    let x = try out.operand(0)
    let (rank, sizes) = (x.rank ?? 2, try out.sizes(of: x))
    let rows = try out.unsqueeze(count(out.elements([rank - 2], of: sizes, scalar: true), out), 1)
    let columns = try out.unsqueeze(count(out.elements([rank - 1], of: sizes, scalar: true), out), 0)
    let k = try out.scalarOperand(1) { () throws(ModelError) in try out.integer(0) }
    let distance = out.binary("Subtract", columns, rows)
    let kept = out.binary(upper ? "GreaterEqual" : "LessEqual", distance, out.convert(k, to: .int64), gives: .bool)
    return [out.layer("Select", 1, [kept, x, try out.scalar(0, x.element)], [("auto_broadcast", "numpy")], as: node.result(0))]
  }

  private func count(_ end: Wire, _ out: LayerWriter) throws(ModelError) -> Wire {
    try out.layer("Range", 4, [out.integer(0), end, out.integer(1)], [("output_type", "i64")], gives: .int64, [.unknown])
  }
}
