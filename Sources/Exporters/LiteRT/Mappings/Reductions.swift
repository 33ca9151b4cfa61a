import Diagnostics
import GraphIR
import LiteRTSchema
import Operators
import Retargeting
import Tensors

private protocol ReductionStep: LiteRTWritable, Reduction {
  static var code: Schema.BuiltinOperator { get }
}

extension ReductionStep {
  func limits(_ node: SubjectNode) -> Rejection? {
    node.operand(1) != nil && node.operand(1)?.integers == nil ? Rejection(.operand, "axes that are computed") : nil
  }

  func write(_ node: SubjectNode, _ out: SubgraphWriter) throws(ModelError) {
    let options = KernelOptions(Schema.ReducerOptions.code, Schema.ReducerOptions.keepDims, keepdims)
    out.step(Self.code, [try out.operand(0), try out.reducedAxes(self)], [try out.result()], options)
  }
}

extension SubgraphWriter {
  fileprivate func reducedAxes(_ op: any Reduction) throws(ModelError) -> Int {
    let rank = shape(ofOperand: 0).count
    let listed = node?.operand(1)?.integers ?? []
    let axes = listed.isEmpty && !op.noopWithEmptyAxes ? Array(0..<rank) : listed.map { $0 < 0 ? $0 + rank : $0 }
    return try integers(axes)
  }
}

extension ReduceMean: ReductionStep { static let code = Schema.BuiltinOperator.mean }
extension ReduceSum: ReductionStep { static let code = Schema.BuiltinOperator.sum }
extension ReduceMax: ReductionStep { static let code = Schema.BuiltinOperator.reduceMax }
extension ReduceMin: ReductionStep { static let code = Schema.BuiltinOperator.reduceMin }
extension ReduceProd: ReductionStep { static let code = Schema.BuiltinOperator.reduceProd }

private protocol ExtremeStep: LiteRTWritable {
  var axis: Int { get }
  var keepdims: Bool { get }
  var selectLastIndex: Bool { get }
  static var step: (code: Schema.BuiltinOperator, tag: Int, type: IntField) { get }
}

extension ExtremeStep {
  func limits(_ node: SubjectNode) -> Rejection? { selectLastIndex ? Rejection(.attribute, "the last of several extremes") : nil }

  func write(_ node: SubjectNode, _ out: SubgraphWriter) throws(ModelError) {
    let shape = out.shape(ofOperand: 0)
    let along = axis < 0 ? axis + shape.count : axis
    let options = KernelOptions(Self.step.tag, Self.step.type, Schema.TensorType.int64.rawValue)
    guard keepdims else { return out.step(Self.step.code, [try out.operand(0), try out.scalar(along)], [try out.result()], options) }
    var rest = shape
    rest.remove(at: along)
    let flat = try out.temporary(.int64, rest)
    out.step(Self.step.code, [try out.operand(0), try out.scalar(along)], [flat], options)
    out.step(.expandDims, [flat, try out.scalar(along)], [try out.result()], KernelOptions(Schema.ExpandDimsOptions.code))
  }
}

extension ArgMax: ExtremeStep {
  static let step = (code: Schema.BuiltinOperator.argMax, tag: Schema.ArgMaxOptions.code, type: Schema.ArgMaxOptions.outputType)
}
extension ArgMin: ExtremeStep {
  static let step = (code: Schema.BuiltinOperator.argMin, tag: Schema.ArgMinOptions.code, type: Schema.ArgMinOptions.outputType)
}

extension TopK: LiteRTWritable {
  func limits(_ node: SubjectNode) -> Rejection? {
    let rank = node.operand(0)?.shape?.count ?? 0
    if !largest { return Rejection(.attribute, "the smallest elements") }
    return axis == -1 || axis == rank - 1 ? nil : Rejection(.attribute, "along axis \(axis) of \(rank)")
  }

  /// The number is a scalar there; positions are of 32 bits.
  func write(_ node: SubjectNode, _ out: SubgraphWriter) throws(ModelError) {
    var count = -1
    if let number = node.operand(1)?.integers?.first {
      count = try out.scalar(number)
    } else {
      count = try out.temporary(.int32, [])
      out.step(.reshape, [try out.narrow(1), try out.integers([])], [count])
    }
    let positions = try out.temporary(.int32, out.shape(ofResult: 1))
    out.step(.topkV2, [try out.operand(0), count], [try out.result(), positions], KernelOptions(Schema.TopKV2Options.code))
    var options = KernelOptions(Schema.CastOptions.code)
    options.object.set(Schema.CastOptions.inDataType, Schema.TensorType.int32.rawValue)
    options.object.set(Schema.CastOptions.outDataType, Schema.TensorType.int64.rawValue)
    out.step(.cast, [positions], [try out.result(1)], options)
  }
}

extension CumSum: LiteRTWritable {
  func write(_ node: SubjectNode, _ out: SubgraphWriter) throws(ModelError) {
    var options = KernelOptions(Schema.CumsumOptions.code, Schema.CumsumOptions.exclusive, exclusive)
    options.object.set(Schema.CumsumOptions.reverse, reverse)
    out.step(.cumsum, [try out.operand(0), try out.narrow(1)], [try out.result()], options)
  }
}
