import Diagnostics
import GraphIR
import Operators
import Retargeting
import Tensors

/// A reduction that ncnn has.
private protocol ReductionLayer: NCNNWritable, Operators.Reduction { var code: ReductionCode { get } }

extension ReductionLayer {
  func dataOperands(_ node: SubjectNode) -> [Int] { [0] }

  private func axes(_ node: SubjectNode) -> [Int]? {
    guard let rank = node.operand(0)?.shape?.count else { return nil }
    let listed = node.operand(1) == nil ? [] : node.operand(1)?.integers
    guard let listed else { return nil }
    if listed.isEmpty { return noopWithEmptyAxes ? [] : Array(0..<rank) }
    return listed.map { $0 < 0 ? $0 + rank : $0 }
  }

  func limits(_ node: SubjectNode) -> Rejection? {
    guard let axes = axes(node), let layout = node.layout(ofOperand: 0) else { return Rejection(.operand, "axes that are not constants") }
    if axes.allSatisfy({ layout.position(of: $0) == nil }), ![.sum, .mean, .max, .min, .prod].contains(code) {
      return Rejection(.operand, "a reduction of one element")
    }
    let reduced = layout.sizes.indices.map { position in position < layout.axes.count && axes.contains(layout.axes[position]) ? Dim.number(1) : layout.sizes[position] }
    return node.layout(ofResult: 0).flatMap { node.reshapeLimits(reduced, $0.sizes) }
  }

  func write(_ node: SubjectNode, _ out: LayerWriter) throws(ModelError) -> [Blob?] {
    guard let axes = axes(node), let layout = node.layout(ofOperand: 0) else { throw ModelError(.notExpressible, "no axes") }
    let positions = axes.compactMap { layout.position(of: $0) }.sorted()
    let x = try out.operand(0)
    return [try out.reshape(positions.isEmpty ? x : out.reduce(code, x, positions), to: out.sizes(of: node.result(0)))]
  }
}

extension ReduceSum: ReductionLayer { fileprivate var code: ReductionCode { .sum } }
extension ReduceMean: ReductionLayer { fileprivate var code: ReductionCode { .mean } }
extension ReduceMax: ReductionLayer { fileprivate var code: ReductionCode { .max } }
extension ReduceMin: ReductionLayer { fileprivate var code: ReductionCode { .min } }
extension ReduceProd: ReductionLayer { fileprivate var code: ReductionCode { .prod } }
extension ReduceL1: ReductionLayer { fileprivate var code: ReductionCode { .l1 } }
extension ReduceL2: ReductionLayer { fileprivate var code: ReductionCode { .l2 } }
extension ReduceSumSquare: ReductionLayer { fileprivate var code: ReductionCode { .sumOfSquares } }
extension ReduceLogSum: ReductionLayer { fileprivate var code: ReductionCode { .logSum } }
extension ReduceLogSumExp: ReductionLayer { fileprivate var code: ReductionCode { .logSumExp } }

extension SubjectNode {
  /// The Mat's sizes and the axis of it along which a softmax goes: of older models everything from `axis` on.
  func normalizedAxis(_ axis: Int, coerced: Bool) -> (sizes: [Dim], position: Int)? {
    guard let shape = operand(0)?.shape, let layout = MatLayout(shape) else { return nil }
    let along = axis < 0 ? axis + shape.count : axis
    guard shape.indices.contains(along) else { return nil }
    if coerced, shape[(along + 1)...].contains(where: { $0 != 1 }) {
      return ([shape[..<along].reduce(.number(1), *), shape[along...].reduce(.number(1), *)], 1)
    }
    if let position = layout.position(of: along) { return (layout.sizes, position) }
    return layout.sizes.count < 4 ? (layout.sizes + [1], layout.sizes.count) : nil
  }

  /// Why a softmax along `axis` has no form.
  fileprivate func softmaxLimits(_ axis: Int, coerced: Bool) -> Rejection? {
    guard let (sizes, _) = normalizedAxis(axis, coerced: coerced), let own = layout(ofOperand: 0) else {
      return Rejection(.rank, "an axis that a Mat leaves out")
    }
    return reshapeLimits(own.sizes, sizes) ?? reshapeLimits(sizes, own.sizes)
  }
}

extension Softmax: NCNNWritable {
  func limits(_ node: SubjectNode) -> Rejection? { node.softmaxLimits(axis, coerced: coerced) }

  func write(_ node: SubjectNode, _ out: LayerWriter) throws(ModelError) -> [Blob?] {
    guard let (sizes, position) = node.normalizedAxis(axis, coerced: coerced) else { throw ModelError(.notExpressible, "no axis") }
    let x = try out.operand(0)
    let result = out.layer("Softmax", [try out.reshape(x, to: sizes)], [(0, .int(position)), (1, .int(1))], sizes: sizes)
    return [try out.reshape(result, to: x.sizes)]
  }
}

/// `d − log(Σ exp d)` of the distance `d` from the largest: `log(softmax)` would lose what is small.
extension LogSoftmax: NCNNWritable {
  func limits(_ node: SubjectNode) -> Rejection? { node.softmaxLimits(axis, coerced: coerced) }

  func write(_ node: SubjectNode, _ out: LayerWriter) throws(ModelError) -> [Blob?] {
    guard let (sizes, position) = node.normalizedAxis(axis, coerced: coerced) else { throw ModelError(.notExpressible, "no axis") }
    let own = try out.operand(0)
    let x = try out.reshape(own, to: sizes)
    let distance = out.binary(.sub, x, out.reduce(.max, x, [position]))
    let sum = out.reduce(.sum, out.unary(.exp, distance), [position])
    return [try out.reshape(out.binary(.sub, distance, out.unary(.log, sum)), to: own.sizes)]
  }
}

extension CumSum: NCNNWritable {
  func dataOperands(_ node: SubjectNode) -> [Int] { [0] }

  private func position(_ node: SubjectNode) -> Int? {
    guard let rank = node.operand(0)?.shape?.count, let axis = node.operand(1)?.integers?.first else { return nil }
    return node.layout(ofOperand: 0)?.position(of: axis < 0 ? axis + rank : axis)
  }

  func limits(_ node: SubjectNode) -> Rejection? {
    if exclusive { return Rejection(.attribute, "exclusive sums") }
    return position(node) == nil ? Rejection(.operand, "an axis that is not constant, or that a Mat leaves out") : nil
  }

  func write(_ node: SubjectNode, _ out: LayerWriter) throws(ModelError) -> [Blob?] {
    guard let position = position(node) else { throw ModelError(.notExpressible, "no axis") }
    func turned(_ x: Blob) -> Blob { reverse ? out.layer("Flip", [x], [(0, .ints([position]))], sizes: x.sizes) : x }
    let x = turned(try out.operand(0))
    return [turned(out.layer("CumulativeSum", [x], [(0, .int(position))], sizes: x.sizes))]
  }
}
