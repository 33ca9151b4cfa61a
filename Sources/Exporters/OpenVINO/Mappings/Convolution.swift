import Diagnostics
import GraphIR
import Operators
import Retargeting
import Tensors

extension AutoPad {
  fileprivate var openVINO: String {
    switch self {
    case .notSet: "explicit"
    case .sameUpper: "same_upper"
    case .sameLower: "same_lower"
    case .valid: "valid"
    }
  }
}

/// Attributes that a moving window has in OpenVINO.
struct WindowData {
  var strides: [Int]
  var dilations: [Int]
  var before: [Int]
  var after: [Int]
  var autoPad: AutoPad

  init(axes: Int, strides: [Int]?, dilations: [Int]?, pads: [Int]?, autoPad: AutoPad) {
    self.strides = strides ?? [Int](repeating: 1, count: axes)
    self.dilations = dilations ?? [Int](repeating: 1, count: axes)
    let pads = autoPad == .notSet ? pads ?? [Int](repeating: 0, count: 2 * axes) : [Int](repeating: 0, count: 2 * axes)
    before = Array(pads.prefix(axes))
    after = Array(pads.dropFirst(axes))
    self.autoPad = autoPad
  }

  var pairs: [(String, String)] {
    [
      ("strides", strides.text), ("dilations", dilations.text), ("pads_begin", before.text), ("pads_end", after.text),
      ("auto_pad", autoPad.openVINO),
    ]
  }
}

private func spatialAxes(_ node: SubjectNode) -> Int? {
  guard let rank = node.operand(0)?.shape?.count ?? node.operand(1)?.shape?.count, rank >= 3 else { return nil }
  return rank - 2
}

private func windowLimits(_ node: SubjectNode) -> Rejection? {
  guard let axes = spatialAxes(node) else { return Rejection(.rank, "a window over a tensor of unknown rank") }
  return axes > 3 ? Rejection(.rank, "a window over \(axes) spatial axes; OpenVINO has up to 3") : nil
}

extension LayerWriter {
  /// Weights `[rows, columns, kernel…]` with the groups as an axis of their own in front.
  fileprivate func grouped(_ weight: Wire, _ fact: Fact?, _ groups: Int) throws(ModelError) -> Wire {
    guard let shape = weight.shape, let rows = shape[0].number else {
      throw ModelError(.notExpressible, "the number of rows of grouped weights is not known")
    }
    let sizes = [groups, rows / groups] + shape.dropFirst().map { $0.number ?? -1 }
    if let tensor = fact?.constant, !sizes.contains(-1) { return try constant(tensor.reshaped(to: sizes)) }
    return try reshape(weight, sizes)
  }

  /// `x` plus a number for each channel.
  func addBias(_ x: Wire, _ bias: Wire?, _ fact: Fact?, axes: Int) throws(ModelError) -> Wire {
    guard let bias else { return x }
    let ones = [Int](repeating: 1, count: axes)
    if let tensor = fact?.constant { return binary("Add", x, try constant(tensor.reshaped(to: [1, tensor.count] + ones))) }
    return binary("Add", x, try reshape(bias, [1, -1] + ones))
  }
}

extension Conv: OpenVINOWritable {
  func limits(_ node: SubjectNode) -> Rejection? {
    if let rejection = windowLimits(node) { return rejection }
    let rows = node.operand(Operand.weight)?.shape?.first?.number
    return group > 1 && rows == nil ? Rejection(.dynamicShape, "grouped weights of unknown size") : nil
  }

  func write(_ node: SubjectNode, _ out: LayerWriter) throws(ModelError) -> [Wire] {
    let axes = spatialAxes(node) ?? 2
    let data = WindowData(axes: axes, strides: strides, dilations: dilations, pads: pads, autoPad: autoPad).pairs
    var weight = try out.operand(Operand.weight)
    if group > 1 { weight = try out.grouped(weight, node.operand(Operand.weight), group) }
    let type = group > 1 ? "GroupConvolution" : "Convolution"
    let result = out.layer(type, 1, [try out.operand(0), weight], data, as: node.result(0))
    return [try out.addBias(result, out.operandIfPresent(Operand.bias), node.operand(Operand.bias), axes: axes)]
  }
}

extension ConvTranspose: OpenVINOWritable {
  func limits(_ node: SubjectNode) -> Rejection? {
    if let rejection = windowLimits(node) { return rejection }
    if group > 1, node.operand(Operand.weight)?.shape?.first?.number == nil {
      return Rejection(.dynamicShape, "grouped weights of unknown size")
    }
    return window(node) == nil ? Rejection(.dynamicShape, "padding that depends on a size that is not known", remedy: "fix the size with --shape") : nil
  }

  /// Explicit pads: OpenVINO's own rules for `same` and for a given output size are others.
  private func window(_ node: SubjectNode) -> (data: WindowData, outputPadding: [Int])? {
    guard let axes = spatialAxes(node) else { return nil }
    var data = WindowData(axes: axes, strides: strides, dilations: dilations, pads: pads, autoPad: autoPad)
    data.autoPad = .notSet
    var extra = outputPadding ?? [Int](repeating: 0, count: axes)
    guard outputShape != nil || autoPad == .sameUpper || autoPad == .sameLower else { return (data, extra) }
    guard let kernel = node.operand(Operand.weight)?.shape?.dropFirst(2).map(\.number), kernel.count == axes else { return nil }
    for axis in 0..<axes {
      guard let size = kernel[axis] else { return nil }
      let reach = (size - 1) * data.dilations[axis] + 1 + extra[axis]
      let total: Int
      if let wanted = outputShape?[axis] {
        guard let input = node.operand(0)?.shape?[axis + 2].number else { return nil }
        total = (input - 1) * data.strides[axis] + reach - wanted
      } else {
        total = reach - data.strides[axis]
      }
      (data.before[axis], data.after[axis]) = (0, 0)
      if total < 0 {
        extra[axis] -= total
      } else {
        data.before[axis] = autoPad == .sameUpper ? total / 2 : total - total / 2
        data.after[axis] = total - data.before[axis]
      }
    }
    return (data, extra)
  }

  func write(_ node: SubjectNode, _ out: LayerWriter) throws(ModelError) -> [Wire] {
    guard let (window, extra) = window(node) else { throw ModelError(.notExpressible, "the padding is not known") }
    var weight = try out.operand(Operand.weight)
    if group > 1 { weight = try out.grouped(weight, node.operand(Operand.weight), group) }
    let type = group > 1 ? "GroupConvolutionBackpropData" : "ConvolutionBackpropData"
    let data = window.pairs + [("output_padding", extra.text)]
    let result = out.layer(type, 1, [try out.operand(0), weight], data, as: node.result(0))
    return [try out.addBias(result, out.operandIfPresent(Operand.bias), node.operand(Operand.bias), axes: window.strides.count)]
  }
}

extension MaxPool: OpenVINOWritable {
  func limits(_ node: SubjectNode) -> Rejection? {
    if storageOrder, node.isUsed(result: 1) { return Rejection(.attribute, "indices in column order") }
    return windowLimits(node)
  }

  func write(_ node: SubjectNode, _ out: LayerWriter) throws(ModelError) -> [Wire] {
    let x = try out.operand(0)
    let kernel = kernelShape ?? []
    let window = WindowData(axes: kernel.count, strides: strides, dilations: dilations, pads: pads, autoPad: autoPad)
    let data = window.pairs + [
      ("kernel", kernel.text), ("rounding_type", ceilMode ? "ceil_torch" : "floor"), ("index_element_type", "i64"), ("axis", "0"),
    ]
    let shape = node.result(0).shape
    return out.layer(
      Layer(
        name: "", type: "MaxPool", opset: ceilMode ? 14 : 8, data: data, inputs: [x],
        outputs: [.init(element: x.element, shape: shape), .init(element: .int64, shape: shape)]))
  }
}

extension AveragePool: OpenVINOWritable {
  func limits(_ node: SubjectNode) -> Rejection? { windowLimits(node) }

  func write(_ node: SubjectNode, _ out: LayerWriter) throws(ModelError) -> [Wire] {
    let kernel = kernelShape ?? []
    let window = WindowData(axes: kernel.count, strides: strides, dilations: dilations, pads: pads, autoPad: autoPad)
    let isDilated = window.dilations.contains { $0 != 1 }
    var data = window.pairs + [
      ("kernel", kernel.text), ("rounding_type", ceilMode ? "ceil_torch" : "floor"), ("exclude-pad", (!countIncludePad).text),
    ]
    if !isDilated { data.removeAll { $0.0 == "dilations" } }
    return [out.layer("AvgPool", isDilated ? 16 : ceilMode ? 14 : 1, [try out.operand(0)], data, as: node.result(0))]
  }
}
