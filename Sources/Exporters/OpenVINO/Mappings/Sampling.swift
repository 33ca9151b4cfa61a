import Diagnostics
import GraphIR
import Operators
import Retargeting
import Tensors

extension GridSample: OpenVINOWritable {
  func limits(_ node: SubjectNode) -> Rejection? {
    guard let rank = node.operand(0)?.shape?.count else { return Rejection(.rank, "a tensor of unknown rank") }
    return rank == 4 ? nil : Rejection(.rank, "\(rank - 2) spatial axes; OpenVINO samples 2")
  }

  func write(_ node: SubjectNode, _ out: LayerWriter) throws(ModelError) -> [Wire] {
    let modes: [SampleMode: String] = [.linear: "bilinear", .nearest: "nearest", .cubic: "bicubic"]
    let data = [("align_corners", alignCorners.text), ("mode", modes[mode] ?? "bilinear"), ("padding_mode", paddingMode.rawValue)]
    return [out.layer("GridSample", 9, [try out.operand(0), try out.operand(1)], data, as: node.result(0))]
  }
}

/// OpenVINO's largest value is that of whole samples, ONNX's of their weighed corners.
extension RoiAlign: OpenVINOWritable {
  func limits(_ node: SubjectNode) -> Rejection? {
    mode == .max ? Rejection(.attribute, "mode max, where OpenVINO compares interpolated samples and ONNX their parts") : nil
  }

  func write(_ node: SubjectNode, _ out: LayerWriter) throws(ModelError) -> [Wire] {
    let data = [
      ("pooled_h", String(outputHeight)), ("pooled_w", String(outputWidth)), ("sampling_ratio", String(samplingRatio)),
      ("spatial_scale", "\(spatialScale)"), ("mode", "avg"),
      ("aligned_mode", coordinateMode == .halfPixel ? "half_pixel_for_nn" : "asymmetric"),
    ]
    let operands = [try out.operand(0), try out.operand(1), out.convert(try out.operand(2), to: .int32)]
    return [out.layer("ROIAlign", 9, operands, data, as: node.result(0))]
  }
}

extension DeformConv: OpenVINOWritable {
  func limits(_ node: SubjectNode) -> Rejection? {
    guard let rank = node.operand(0)?.shape?.count ?? node.operand(Operand.weight)?.shape?.count else {
      return Rejection(.rank, "a window over a tensor of unknown rank")
    }
    return rank == 4 ? nil : Rejection(.rank, "\(rank - 2) spatial axes; OpenVINO deforms 2")
  }

  func write(_ node: SubjectNode, _ out: LayerWriter) throws(ModelError) -> [Wire] {
    let window = WindowData(
      axes: 2, strides: convolution.strides, dilations: convolution.dilations, pads: convolution.pads, autoPad: convolution.autoPad)
    let data = window.pairs + [
      ("group", String(convolution.group)), ("deformable_group", String(offsetGroup)), ("bilinear_interpolation_pad", "true"),
    ]
    var operands = [try out.operand(Operand.x), try out.operand(Operand.offset), try out.operand(Operand.weight)]
    if let mask = out.operandIfPresent(Operand.mask) { operands.append(mask) }
    let result = out.layer("DeformableConvolution", 8, operands, data, as: node.result(0))
    return [try out.addBias(result, out.operandIfPresent(Operand.bias), node.operand(Operand.bias), axes: 2)]
  }
}

/// Over two axes, with the columns of every block.
extension Col2Im: OpenVINOWritable {
  func limits(_ node: SubjectNode) -> Rejection? {
    for index in 1...2 where node.operand(index)?.shape != [2] { return Rejection(.rank, "images that have not two axes") }
    return node.operand(0)?.element == .bool ? Rejection(.elementType, "truth values") : nil
  }

  func write(_ node: SubjectNode, _ out: LayerWriter) throws(ModelError) -> [Wire] {
    let window = WindowData(axes: 2, strides: strides, dilations: dilations, pads: pads, autoPad: .notSet)
    return [out.layer("Col2Im", 15, [try out.operand(0), try out.operand(1), try out.operand(2)], Array(window.pairs.dropLast()), as: node.result(0))]
  }
}
