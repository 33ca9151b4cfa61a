import Diagnostics
import GraphIR
import Operators
import Retargeting
import Tensors

extension Resize: NCNNWritable {
  func dataOperands(_ node: SubjectNode) -> [Int] { [0] }

  /// How much larger each axis becomes, as far as it is known: 1 in front.
  private func scales(_ node: SubjectNode) -> [Float]? {
    guard let shape = node.operand(0)?.shape, let result = node.result(0).shape, result.count == shape.count else { return nil }
    let listed = try? node.operand(Operand.scales)?.constant?.floats()
    var scales: [Float] = []
    for axis in shape.indices {
      let index = axes.map { $0.firstIndex { ($0 < 0 ? $0 + shape.count : $0) == axis } } ?? axis
      if let listed, !listed.isEmpty, let index, index < listed.count {
        scales.append(listed[index])
      } else if shape[axis] == result[axis] {
        scales.append(1)
      } else if let before = shape[axis].number, let after = result[axis].number, before > 0 {
        scales.append(Float(after) / Float(before))
      } else if let factor = result[axis].floorDivided(by: shape[axis]).number, shape[axis] * .number(factor) == result[axis] {
        scales.append(Float(factor))
      } else {
        return nil
      }
    }
    return scales
  }

  func limits(_ node: SubjectNode) -> Rejection? {
    if let rejection = node.channelwiseLimits() { return rejection }
    guard let shape = node.operand(0)?.shape, let result = node.result(0).shape, shape.count <= 4 else {
      return Rejection(.rank, "a volume: ncnn resizes images")
    }
    guard let scales = scales(node) else { return Rejection(.dynamicShape, "a size that is computed when the model runs", remedy: "fix the size with --shape") }
    guard scales[0] == 1, scales[1] == 1 else { return Rejection(.attribute, "a resize of batch or channels") }
    if antialias { return Rejection(.attribute, "antialias") }
    for axis in 2..<shape.count where scales[axis] != 1 {
      let isExact = shape[axis].number.map { Float($0) * scales[axis] == Float(result[axis].number ?? -1) } ?? (scales[axis] == scales[axis].rounded())
      guard isExact else { return Rejection(.attribute, "a scale of \(scales[axis]) that is not the ratio of the sizes") }
      if let rejection = positionLimits(scales[axis], result[axis]) { return rejection }
    }
    return nil
  }

  /// Why positions are not found as ncnn finds them.
  private func positionLimits(_ scale: Float, _ size: Dim) -> Rejection? {
    let unlike = Rejection(.attribute, "\(mode) with \(coordinateTransformationMode.rawValue), \(nearestMode.rawValue) and a scale of \(scale)")
    switch mode {
    case .nearest:
      let (isUp, isDown) = (scale == scale.rounded(), 1 / scale == (1 / scale).rounded())
      if coordinateTransformationMode == .asymmetric { return nearestMode == .floor && (isUp || isDown) ? nil : unlike }
      let isCentered = [.halfPixel, .pytorchHalfPixel].contains(coordinateTransformationMode)
      return isCentered && isUp && [.roundPreferFloor, .roundPreferCeil].contains(nearestMode) ? nil : unlike
    case .linear, .cubic:
      if mode == .cubic, cubicCoeffA != -0.75 || excludeOutside { return Rejection(.attribute, "another cubic than ncnn's") }
      switch coordinateTransformationMode {
      case .halfPixel, .alignCorners: return nil
      case .pytorchHalfPixel: return size.isNeverOne ? nil : unlike
      default: return unlike
      }
    }
  }

  func write(_ node: SubjectNode, _ out: LayerWriter) throws(ModelError) -> [Blob?] {
    guard let scales = scales(node), let result = node.result(0).shape else { throw ModelError(.notExpressible, "no sizes") }
    let kind = mode == .nearest ? 1 : mode == .linear ? 2 : 3
    var parameters: [(key: Int, value: Parameter)] = [(0, .int(kind))]
    let sizes = result.dropFirst(2).map(\.number)
    if sizes.contains(nil) {
      parameters += zip([2, 1], scales.dropFirst(2).reversed()).map { ($0, .float($1)) }
    } else {
      // A line has a height too: without one the layer takes the scales.
      let both = sizes.count == 1 ? [1] + sizes : sizes
      parameters += zip([4, 3], both.reversed()).map { ($0, .int($1 ?? 0)) }
    }
    if coordinateTransformationMode == .alignCorners { parameters.append((6, .int(1))) }
    return [try node.channelwise("Interp", parameters, out)]
  }
}
