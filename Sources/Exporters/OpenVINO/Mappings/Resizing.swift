import Diagnostics
import GraphIR
import Operators
import Retargeting
import Tensors

/// `Interpolate`, over the axes that really change.
extension Resize: OpenVINOWritable {
  func limits(_ node: SubjectNode) -> Rejection? {
    switch coordinateTransformationMode {
    case .halfPixelSymmetric, .cropAndResize:
      return Rejection(.attribute, "coordinate_transformation_mode \(coordinateTransformationMode.rawValue)")
    default: break
    }
    if keepAspectRatioPolicy != .stretch { return Rejection(.attribute, "keep_aspect_ratio_policy \(keepAspectRatioPolicy.rawValue)") }
    if excludeOutside, mode == .cubic { return Rejection(.attribute, "exclude_outside with mode cubic") }
    if antialias { return Rejection(.attribute, "antialias") }
    guard let rank = node.operand(0)?.shape?.count else { return Rejection(.rank, "a tensor of unknown rank") }
    let axes = changingAxes(node, rank)
    if mode == .cubic, axes.count > 2 { return Rejection(.rank, "cubic interpolation of \(axes.count) axes; OpenVINO has up to 2") }
    return axes.count > 3 ? Rejection(.rank, "interpolation of \(axes.count) axes; OpenVINO has up to 3") : nil
  }

  private func listedAxes(_ rank: Int) -> [Int] { axes?.map { $0 < 0 ? $0 + rank : $0 } ?? Array(0..<rank) }

  private func scales(_ node: SubjectNode) -> [Float]? {
    guard let tensor = node.operand(Operand.scales)?.constant, tensor.element == .float32, tensor.count > 0 else { return nil }
    return try? tensor.elements(as: Float.self)
  }

  private func usesSizes(_ node: SubjectNode) -> Bool {
    guard let scales = node.operand(Operand.scales) else { return true }
    return scales.shape == [0]
  }

  /// Those whose size or scale is not known to stay.
  private func changingAxes(_ node: SubjectNode, _ rank: Int) -> [Int] {
    let listed = listedAxes(rank)
    if !usesSizes(node) {
      guard let scales = scales(node), scales.count == listed.count else { return listed }
      return zip(listed, scales).compactMap { $1 == 1 ? nil : $0 }
    }
    guard let before = node.operand(0)?.shape, let after = node.result(0).shape, before.count == after.count else { return listed }
    return listed.filter { !before.indices.contains($0) || before[$0] != after[$0] }
  }

  func write(_ node: SubjectNode, _ out: LayerWriter) throws(ModelError) -> [Wire] {
    let x = try out.operand(0)
    let rank = x.rank ?? 4
    let axes = changingAxes(node, rank)
    guard !axes.isEmpty else { return [x] }
    let listed = listedAxes(rank)
    let positions = axes.compactMap { listed.firstIndex(of: $0) }
    var target = try out.operand(usesSizes(node) ? Operand.sizes : Operand.scales)
    if positions.count < listed.count { target = try out.elements(positions, of: target) }
    if x.element != .float32 && mode != .nearest { return [out.convert(interpolate(out.convert(x, to: .float32), target, try out.integers(axes), node, out), to: x.element)] }
    return [interpolate(x, target, try out.integers(axes), node, out)]
  }

  private func interpolate(_ x: Wire, _ target: Wire, _ axes: Wire, _ node: SubjectNode, _ out: LayerWriter) -> Wire {
    let names: [Mode: String] = [.nearest: "nearest", .linear: "linear_onnx", .cubic: "cubic"]
    let zeros = [Int](repeating: 0, count: x.rank ?? 4).text
    let data = [
      ("mode", names[mode] ?? "nearest"), ("shape_calculation_mode", usesSizes(node) ? "sizes" : "scales"),
      ("coordinate_transformation_mode", coordinateTransformationMode.rawValue), ("nearest_mode", nearestMode.rawValue),
      ("antialias", "false"), ("pads_begin", zeros), ("pads_end", zeros), ("cube_coeff", "\(cubicCoeffA)"),
    ]
    return out.layer("Interpolate", 11, [x, target, axes], data, gives: x.element, node.result(0).shape)
  }
}
