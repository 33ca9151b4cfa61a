import Diagnostics
import GraphIR
import Operators
import Retargeting
import Tensors

/// What `Pooling` computes.
private enum PoolCode: Int { case max, average }

/// A pool over a window.
private protocol WindowPool: NCNNWritable {
  var kernelShape: [Int]? { get }
  var strides: [Int]? { get }
  var dilations: [Int]? { get }
  var pads: [Int]? { get }
  var autoPad: AutoPad { get }
  var ceilMode: Bool { get }
  var code: PoolCode { get }
  var countsPadding: Bool { get }
}

extension WindowPool {
  fileprivate func window(_ node: SubjectNode) -> WindowShape? {
    WindowShape(kernel: kernelShape, strides: strides, dilations: dilations, pads: pads, autoPad: autoPad, input: node.spatialSizes)
  }

  /// True when rounding up adds windows, or may.
  fileprivate func roundsUp(_ window: WindowShape, _ sizes: [Dim]) -> Bool {
    guard ceilMode else { return false }
    return !sizes.indices.allSatisfy { axis in
      window.strides[axis] == 1
        || sizes[axis].number.map { ($0 + window.before[axis] + window.after[axis] - window.kernel[axis]) % window.strides[axis] == 0 } ?? false
    }
  }

  /// True when the last window that rounding up adds starts in the padding: ONNX leaves it out, ncnn does not.
  private func overshoots(_ window: WindowShape, _ sizes: [Dim]) -> Bool {
    sizes.indices.contains { axis in
      guard let size = sizes[axis].number else { return window.after[axis] > 0 }
      let room = size + window.before[axis] + window.after[axis] - window.kernel[axis]
      let last = (room + window.strides[axis] - 1) / window.strides[axis] * window.strides[axis]
      return last >= size + window.before[axis]
    }
  }

  fileprivate func windowRejection(_ node: SubjectNode) -> Rejection? {
    if let rejection = node.channelwiseLimits() { return rejection }
    if dilations?.contains(where: { $0 != 1 }) ?? false { return Rejection(.attribute, "a pool with dilations: ncnn has none") }
    guard let window = window(node) else { return SubjectNode.paddingUnknown() }
    if code == .average, window.rule != nil { return SubjectNode.paddingUnknown() }
    guard roundsUp(window, node.spatialSizes) else { return nil }
    if countsPadding { return Rejection(.attribute, "averages that count the padding, with ceil_mode") }
    return overshoots(window, node.spatialSizes)
      ? Rejection(.attribute, "ceil_mode with a window that starts in the padding", remedy: "fix the size with --shape") : nil
  }

  func limits(_ node: SubjectNode) -> Rejection? { windowRejection(node) }

  func write(_ node: SubjectNode, _ out: LayerWriter) throws(ModelError) -> [Blob?] {
    guard let window = window(node) else { throw ModelError(.notExpressible, "no window") }
    var parameters: [(key: Int, value: Parameter)] = [(0, .int(code.rawValue))] + window.poolParameters
    parameters.append((5, .int(window.padMode(roundsUp: roundsUp(window, node.spatialSizes)))))
    if countsPadding { parameters.append((6, .int(1))) }
    return [try node.channelwise("Pooling".dimensioned(window.kernel.count), parameters, out)]
  }
}

extension MaxPool: WindowPool {
  fileprivate var code: PoolCode { .max }
  var countsPadding: Bool { false }

  func limits(_ node: SubjectNode) -> Rejection? {
    node.isUsed(result: 1) ? Rejection(.operand, "the positions of the largest are used: ncnn does not tell them") : windowRejection(node)
  }
}

extension AveragePool: WindowPool {
  fileprivate var code: PoolCode { .average }
  var countsPadding: Bool { countIncludePad }
}

/// Everything but batch and channels to one number.
private protocol WholePool: NCNNWritable { var reduction: ReductionCode { get } }

extension WholePool {
  func write(_ node: SubjectNode, _ out: LayerWriter) throws(ModelError) -> [Blob?] {
    guard let shape = node.operand(0)?.shape, let layout = MatLayout(shape) else { throw ModelError(.notExpressible, "no layout") }
    let x = try out.operand(0)
    // Over an image there is a layer of its own.
    if shape.count == 4, shape[0] == 1 {
      let pooled = out.layer("Pooling", [x], [(0, .int(reduction == .max ? 0 : 1)), (4, .int(1))], sizes: [x.sizes[0]])
      return [try out.reshape(pooled, to: try out.sizes(of: node.result(0)))]
    }
    let axes = (2..<shape.count).compactMap { layout.position(of: $0) }
    return [try out.reshape(axes.isEmpty ? x : out.reduce(reduction, x, axes), to: try out.sizes(of: node.result(0)))]
  }
}

extension GlobalAveragePool: WholePool { fileprivate var reduction: ReductionCode { .mean } }
extension GlobalMaxPool: WholePool { fileprivate var reduction: ReductionCode { .max } }
