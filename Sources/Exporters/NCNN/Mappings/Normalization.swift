import Diagnostics
import GraphIR
import Operators
import Retargeting
import Tensors

extension BatchNormalization: NCNNWritable {
  func dataOperands(_ node: SubjectNode) -> [Int] { [0] }

  func limits(_ node: SubjectNode) -> Rejection? {
    if trainingMode { return Rejection(.attribute, "training mode", remedy: "export the model for inference") }
    guard (1...4).allSatisfy({ node.operand($0)?.constant != nil }) else { return Rejection(.operand, "parameters that are not constants") }
    return (node.operand(0)?.shape?.count ?? 0) < 2 ? Rejection(.rank, "channels of a vector") : nil
  }

  func write(_ node: SubjectNode, _ out: LayerWriter) throws(ModelError) -> [Blob?] {
    let x = try out.operand(0)
    let tensors = (1...4).compactMap { node.operand($0)?.constant }
    guard tensors.count == 4, let layout = node.layout(ofOperand: 0) else { throw ModelError(.notExpressible, "no parameters") }
    if layout.axes.first == 1 {
      let weights = [tensors[0], tensors[2], tensors[3], tensors[1]].map(Weight.plain)
      return [out.layer("BatchNorm", [x], [(0, .int(tensors[0].count)), (1, .float(epsilon))], weights: weights, sizes: x.sizes)]
    }
    // A batch that is an axis of the Mat: a product and a sum.
    let (scale, shift) = (try tensors[0].floats(), try tensors[1].floats())
    let (mean, variance) = (try tensors[2].floats(), try tensors[3].floats())
    let factor = scale.indices.map { scale[$0] / (variance[$0] + epsilon).squareRoot() }
    let addend = scale.indices.map { shift[$0] - mean[$0] * factor[$0] }
    let sizes = layout.axes.map { $0 == 1 ? Dim.number(scale.count) : 1 }
    let product = out.binary(.mul, x, try out.constant(Tensor(.float32, [factor.count], elements: factor), sizes))
    return [out.binary(.add, product, try out.constant(Tensor(.float32, [addend.count], elements: addend), sizes))]
  }
}

/// A normalisation over the last axes.
private protocol TrailingNormalization: NCNNWritable {
  var axis: Int { get }
  var epsilon: Float { get }
  var layerType: String { get }
  /// True when there is something to add behind the scale.
  var addsBias: Bool { get }
}

extension TrailingNormalization {
  /// How many elements are normalised together, when that is known.
  private func count(_ node: SubjectNode) -> Int? {
    guard let shape = node.operand(0)?.shape else { return nil }
    let first = axis < 0 ? axis + shape.count : axis
    guard shape.indices.contains(first) else { return nil }
    return shape[first...].reduce(Dim.number(1), *).number
  }

  func limits(_ node: SubjectNode) -> Rejection? {
    if node.isUsed(result: 1) || node.isUsed(result: 2) { return Rejection(.operand, "mean or deviation is used") }
    guard let count = count(node) else { return Rejection(.dynamicShape, "a normalisation over a size that is not known", remedy: "fix the size with --shape") }
    guard (1..<node.operandCount).allSatisfy({ node.operand($0)?.constant?.count ?? count == count }), node.operand(1)?.constant != nil else {
      return Rejection(.operand, "a scale that is not a constant, or does not cover what is normalised")
    }
    guard let sizes = node.layout(ofOperand: 0)?.sizes, sizes.last != .number(count) else { return nil }
    let rows = (node.operand(0)?.shape?.reduce(.number(1), *) ?? .unknown).floorDivided(by: .number(count))
    return node.reshapeLimits(sizes, [rows, .number(count)]) ?? node.reshapeLimits([rows, .number(count)], sizes)
  }

  func write(_ node: SubjectNode, _ out: LayerWriter) throws(ModelError) -> [Blob?] {
    guard let count = count(node), let scale = node.operand(1)?.constant else { throw ModelError(.notExpressible, "no size") }
    let own = try out.operand(0)
    var x = own
    if x.sizes.last != .number(count) {
      let rows = x.sizes.reduce(Dim.number(1), *).floorDivided(by: .number(count))
      x = try out.reshape(x, to: [rows, .number(count)])
    }
    var weights = [Weight.plain(scale)]
    if addsBias {
      let zeros = try Tensor(.float32, [count], elements: [Float](repeating: 0, count: count))
      weights.append(.plain(node.operand(2)?.constant ?? zeros))
    }
    let result = out.layer(layerType, [x], [(0, .int(count)), (1, .float(epsilon)), (2, .int(1))], weights: weights, sizes: x.sizes)
    return [try out.reshape(result, to: own.sizes)]
  }
}

extension LayerNormalization: TrailingNormalization {
  var layerType: String { "LayerNorm" }
  var addsBias: Bool { true }
}

extension RMSNormalization: TrailingNormalization {
  var layerType: String { "RMSNorm" }
  var addsBias: Bool { false }
}

extension SubjectNode {
  /// Why a normalisation of groups of channels has no form.
  fileprivate func channelLimits() -> Rejection? {
    guard let shape = operand(0)?.shape, shape.count >= 2, shape[0] == 1 else {
      return Rejection(.dynamicShape, "a batch that is not 1: ncnn runs one sample at a time", remedy: "fix the batch to 1 with --shape")
    }
    guard shape[1].number != nil, operand(1)?.constant != nil, operand(2)?.constant != nil else {
      return Rejection(.operand, "a scale that is not a constant, or channels of unknown number")
    }
    return operand(1)?.constant?.count == shape[1].number ? nil : Rejection(.operand, "a scale for each group instead of each channel")
  }

  fileprivate func writeGroups(_ groups: Int, _ epsilon: Float, _ out: LayerWriter) throws(ModelError) -> [Blob?] {
    guard let scale = operand(1)?.constant, let bias = operand(2)?.constant else { throw ModelError(.notExpressible, "no scale") }
    let x = try out.operand(0)
    let parameters: [(key: Int, value: Parameter)] = [(0, .int(groups)), (1, .int(scale.count)), (2, .float(epsilon)), (3, .int(1))]
    return [out.layer("GroupNorm", [x], parameters, weights: [.plain(scale), .plain(bias)], sizes: x.sizes)]
  }
}

extension GroupNormalization: NCNNWritable {
  func limits(_ node: SubjectNode) -> Rejection? { node.channelLimits() }
  func write(_ node: SubjectNode, _ out: LayerWriter) throws(ModelError) -> [Blob?] { try node.writeGroups(numGroups, epsilon, out) }
}

/// Groups of one channel.
extension InstanceNormalization: NCNNWritable {
  func limits(_ node: SubjectNode) -> Rejection? { node.channelLimits() }

  func write(_ node: SubjectNode, _ out: LayerWriter) throws(ModelError) -> [Blob?] {
    try node.writeGroups(node.operand(0)?.shape?[1].number ?? 1, epsilon, out)
  }
}

extension LpNormalization: NCNNWritable {
  func limits(_ node: SubjectNode) -> Rejection? {
    node.normalizedAxis(axis, coerced: false) == nil ? Rejection(.rank, "an axis that a Mat leaves out") : nil
  }

  func write(_ node: SubjectNode, _ out: LayerWriter) throws(ModelError) -> [Blob?] {
    guard let (sizes, position) = node.normalizedAxis(axis, coerced: false) else { throw ModelError(.notExpressible, "no axis") }
    let own = try out.operand(0)
    let x = try out.reshape(own, to: sizes)
    return [try out.reshape(out.binary(.div, x, out.reduce(p == 1 ? .l1 : .l2, x, [position])), to: own.sizes)]
  }
}

extension LRN: NCNNWritable {
  func limits(_ node: SubjectNode) -> Rejection? {
    guard node.operand(0)?.shape?.count == 4 else { return Rejection(.rank, "a normalisation across the channels of something else than an image") }
    return node.windowLimits()
  }

  func write(_ node: SubjectNode, _ out: LayerWriter) throws(ModelError) -> [Blob?] {
    let parameters: [(key: Int, value: Parameter)] = [(0, .int(0)), (1, .int(size)), (2, .float(alpha)), (3, .float(beta)), (4, .float(bias))]
    return [try out.layer("LRN", [try out.operand(0)], parameters, as: node.result(0))]
  }
}
