import Diagnostics
import GraphIR
import Operators
import Retargeting
import Rewriting
import Tensors

extension Conv: NCNNWritable {
  func dataOperands(_ node: SubjectNode) -> [Int] { [0] }

  private func window(_ node: SubjectNode) -> WindowShape? {
    let kernel = node.operand(Operand.weight)?.shape?.dropFirst(2).compactMap(\.number)
    return WindowShape(kernel: kernel, strides: strides, dilations: dilations, pads: pads, autoPad: autoPad, input: node.spatialSizes)
  }

  func limits(_ node: SubjectNode) -> Rejection? {
    if let rejection = node.windowLimits() { return rejection }
    guard node.tensor(Operand.weight) != nil, node.isAbsentOrTensor(Operand.bias.rawValue) else {
      return Rejection(.operand, "weights that are computed when the model runs")
    }
    return window(node) == nil ? SubjectNode.paddingUnknown() : nil
  }

  func write(_ node: SubjectNode, _ out: LayerWriter) throws(ModelError) -> [Blob?] {
    guard let window = window(node), let weight = node.tensor(Operand.weight) else { throw ModelError(.notExpressible, "no window") }
    let bias = node.tensor(Operand.bias)
    var parameters: [(key: Int, value: Parameter)] = [(0, .int(weight.shape[0]))] + window.convolutionParameters
    parameters += [(5, .int(bias == nil ? 0 : 1)), (6, .int(weight.count))]
    if group > 1 { parameters.append((7, .int(group))) }
    let type = (group > 1 ? "ConvolutionDepthWise" : "Convolution").dimensioned(window.kernel.count)
    let addend: [Weight] = bias.map { [.plain($0)] } ?? []
    if let form = integerForm(node) {
      parameters.append((8, .int(1)))
      let weights = [Weight.bytes(form.weight)] + addend + (try form.scaleWeights())
      return [try out.layer(type, [try out.value(form.source)], parameters, weights: weights, as: node.result(0))]
    }
    return [try out.layer(type, [try out.operand(0)], parameters, weights: [.tagged(weight)] + addend, as: node.result(0))]
  }

  /// ncnn convolves images in 8-bit integers, in one group or one for each channel.
  private func integerForm(_ node: SubjectNode) -> IntegerForm? {
    guard let shape = node.operand(0)?.shape, shape.count == 4, let rows = node.operand(Operand.weight)?.shape?[0].number else { return nil }
    return group == 1 || group == rows && shape[1] == .number(group) ? IntegerForm(node) : nil
  }
}

extension ConvTranspose: NCNNWritable {
  func dataOperands(_ node: SubjectNode) -> [Int] { [0] }

  /// The window, and what is added behind: begins and ends of the padding are cut off the result.
  private func window(_ node: SubjectNode) -> (window: WindowShape, extra: [Int])? {
    guard let kernel = node.operand(Operand.weight)?.shape?.dropFirst(2).compactMap(\.number) else { return nil }
    let input = node.spatialSizes
    guard var window = WindowShape(kernel: kernel, strides: strides, dilations: dilations, pads: pads, autoPad: .notSet, input: input) else { return nil }
    var extra = outputPadding ?? [Int](repeating: 0, count: kernel.count)
    guard extra.count == kernel.count else { return nil }
    guard outputShape != nil || autoPad == .sameUpper || autoPad == .sameLower else { return (window, extra) }
    for axis in kernel.indices {
      let reach = (kernel[axis] - 1) * window.dilations[axis] + 1 + extra[axis]
      let total: Int
      if let wanted = outputShape {
        guard wanted.count == kernel.count, let size = input[axis].number else { return nil }
        total = (size - 1) * window.strides[axis] + reach - wanted[axis]
      } else {
        total = reach - window.strides[axis]
      }
      if total < 0 { extra[axis] -= total }
      let cut = max(total, 0)
      window.before[axis] = autoPad == .sameUpper ? cut / 2 : cut - cut / 2
      window.after[axis] = cut - window.before[axis]
    }
    return (window, extra)
  }

  func limits(_ node: SubjectNode) -> Rejection? {
    if let rejection = node.windowLimits() { return rejection }
    guard node.tensor(Operand.weight) != nil, node.isAbsentOrTensor(Operand.bias.rawValue) else {
      return Rejection(.operand, "weights that are computed when the model runs")
    }
    return window(node) == nil ? SubjectNode.paddingUnknown() : nil
  }

  func write(_ node: SubjectNode, _ out: LayerWriter) throws(ModelError) -> [Blob?] {
    guard let (window, extra) = window(node), let weight = node.tensor(Operand.weight) else { throw ModelError(.notExpressible, "no window") }
    let bias = node.tensor(Operand.bias)
    let (inputs, outputs) = (weight.shape[0], weight.shape[1] * group)
    var parameters: [(key: Int, value: Parameter)] = [(0, .int(outputs))] + window.convolutionParameters
    parameters += [(5, .int(bias == nil ? 0 : 1)), (6, .int(weight.count))] + WindowShape.keyed(extra, [18, 19, 20])
    if group > 1 { parameters.append((7, .int(group))) }
    // From input, output to output, input within each group.
    let taps = window.kernel.reduce(1, *)
    let parted = try weight.reshaped(to: [group, inputs / group, outputs / group, taps])
    let swapped = try deferredResults(Transpose(perm: [0, 2, 1, 3]), [parted], resultCount: 1)[0]
    let type = (group > 1 ? "DeconvolutionDepthWise" : "Deconvolution").dimensioned(window.kernel.count)
    let weights = [Weight.tagged(swapped)] + (bias.map { [.plain($0)] } ?? [])
    return [try out.layer(type, [try out.operand(0)], parameters, weights: weights, as: node.result(0))]
  }
}
