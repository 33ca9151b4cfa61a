import Diagnostics
import GraphIR
import Operators
import Retargeting
import Tensors

/// A convolution of an image at positions that another value shifts, in one group.
extension DeformConv: NCNNWritable {
  func dataOperands(_ node: SubjectNode) -> [Int] { [Operand.x, .offset, .mask].map(\.rawValue).filter { node.operand($0) != nil } }

  private func window(_ node: SubjectNode) -> WindowShape? {
    let kernel = node.operand(Operand.weight)?.shape?.dropFirst(2).compactMap(\.number)
    return WindowShape(
      kernel: kernel, strides: convolution.strides, dilations: convolution.dilations, pads: convolution.pads, autoPad: .notSet, input: node.spatialSizes)
  }

  func limits(_ node: SubjectNode) -> Rejection? {
    if let rejection = node.windowLimits() { return rejection }
    guard node.operand(0)?.shape?.count == 4 else { return Rejection(.rank, "shifted positions in something else than an image") }
    guard convolution.group == 1, offsetGroup == 1 else { return Rejection(.attribute, "groups of channels, or of shifts") }
    guard node.tensor(Operand.weight) != nil, node.isAbsentOrTensor(Operand.bias.rawValue) else {
      return Rejection(.operand, "weights that are computed when the model runs")
    }
    return window(node) == nil ? SubjectNode.paddingUnknown() : nil
  }

  func write(_ node: SubjectNode, _ out: LayerWriter) throws(ModelError) -> [Blob?] {
    guard let window = window(node), let weight = node.tensor(Operand.weight) else { throw ModelError(.notExpressible, "no window") }
    let bias = node.operand(Operand.bias) == nil ? nil : node.tensor(Operand.bias)
    var inputs = [try out.operand(Operand.x), try out.operand(Operand.offset)]
    if node.operand(Operand.mask) != nil { inputs.append(try out.operand(Operand.mask)) }
    var parameters: [(key: Int, value: Parameter)] = [(0, .int(weight.shape[0]))] + window.convolutionParameters
    parameters += [(5, .int(bias == nil ? 0 : 1)), (6, .int(weight.count))]
    let weights = [Weight.tagged(weight)] + (bias.map { [.plain($0)] } ?? [])
    return [try out.layer("DeformableConv2D", inputs, parameters, weights: weights, as: node.result(0))]
  }
}
