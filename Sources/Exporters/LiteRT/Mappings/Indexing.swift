import Diagnostics
import GraphIR
import LiteRTSchema
import Operators
import Retargeting
import Tensors

extension ConstantOfShape: LiteRTWritable {
  func write(_ node: SubjectNode, _ out: SubgraphWriter) throws(ModelError) {
    let element = node.result(0).element ?? .float32
    var content = try Tensor.scalar(Float(0)).converted(to: element)
    if let value { content = try value.reshaped(to: []) }
    out.step(.fill, [try out.narrow(0), try out.constant(content)], [try out.result()], KernelOptions(Schema.FillOptions.code))
  }
}

extension RangeOf: LiteRTWritable {
  func limits(_ node: SubjectNode) -> Rejection? {
    let element = node.operand(0)?.element
    return element == .float32 || element == .int32 || element == .int64
      ? nil : Rejection(.elementType, "a range of \(element?.rawValue ?? "?")")
  }
  func write(_ node: SubjectNode, _ out: SubgraphWriter) throws(ModelError) {
    let bounds = try [out.scalarOperand(0), out.scalarOperand(1), out.scalarOperand(2)]
    out.step(.range, bounds, [try out.result()], version: 2, KernelOptions(Schema.RangeOptions.code))
  }
}

extension SubgraphWriter {
  /// An operand of one element as a scalar.
  fileprivate func scalarOperand(_ index: Int) throws(ModelError) -> Int {
    let x = try operand(index)
    guard !shape(ofOperand: index).isEmpty else { return x }
    let scalar = try temporary(elementOfOperand(index), [])
    step(.reshape, [x, try integers([])], [scalar])
    return scalar
  }
}

extension Size: LiteRTWritable {
  func limits(_ node: SubjectNode) -> Rejection? { node.operand(0)?.shape?.isEmpty == true ? Rejection(.rank, "the size of a scalar") : nil }
  func write(_ node: SubjectNode, _ out: SubgraphWriter) throws(ModelError) {
    let sizes = try out.temporary(.int64, [.number(out.shape(ofOperand: 0).count)])
    let options = KernelOptions(Schema.ShapeOptions.code, Schema.ShapeOptions.outType, Schema.TensorType.int64.rawValue)
    out.step(.shape, [try out.operand(0)], [sizes], options)
    out.step(.reduceProd, [sizes, try out.integers([0])], [try out.result()], KernelOptions(Schema.ReducerOptions.code))
  }
}

extension OneHot: LiteRTWritable {
  func limits(_ node: SubjectNode) -> Rejection? {
    let index = node.operand(0)?.element
    guard index == .int32 || index == .int64 else { return Rejection(.elementType, "indices of \(index?.rawValue ?? "?")") }
    guard node.operand(1)?.integers?.count == 1, node.operand(2)?.constant?.count == 2 else {
      return Rejection(.operand, "a depth or values that are computed")
    }
    return nil
  }
  /// Negative indices count from the end in ours, and give the first value everywhere in the format.
  func write(_ node: SubjectNode, _ out: SubgraphWriter) throws(ModelError) {
    let depth = node.operand(1)?.integers?.first ?? 0
    guard let values = try node.operand(2)?.constant?.reshaped(to: [2]) else { return }
    let (off, on) = try (values.element(at: 0), values.element(at: 1))
    let rank = out.shape(ofResult: 0).count
    let element = out.elementOfOperand(0)
    var indices = try out.operand(0)
    if node.operand(0)?.constant == nil || node.operand(0)?.integers?.contains(where: { $0 < 0 }) == true {
      let size = try out.constant(try Tensor(.int64, [], elements: [Int64(depth)]).converted(to: element))
      let zero = try out.constant(try Tensor(.int64, [], elements: [Int64(0)]).converted(to: element))
      let (isNegative, raised) = try (out.temporary(.bool, out.shape(ofOperand: 0)), out.temporary(element, out.shape(ofOperand: 0)))
      let wrapped = try out.temporary(element, out.shape(ofOperand: 0))
      out.step(.less, [indices, zero], [isNegative], KernelOptions(Schema.LessOptions.code))
      out.step(.add, [indices, size], [raised], KernelOptions(Schema.AddOptions.code))
      out.step(.selectV2, [isNegative, raised, indices], [wrapped], KernelOptions(Schema.SelectV2Options.code))
      indices = wrapped
    }
    let options = KernelOptions(Schema.OneHotOptions.code, Schema.OneHotOptions.axis, axis < 0 ? axis + rank : axis)
    out.step(.oneHot, [indices, try out.scalar(depth), try out.constant(on), try out.constant(off)], [try out.result()], options)
  }
}

extension Tensor {
  /// One element, as a scalar.
  fileprivate func element(at index: Int) throws(ModelError) -> Tensor {
    try Gather(axis: 0).evaluate(Operands([self, Tensor(.int64, [], elements: [Int64(index)])]))[0]
  }
}

extension NonZero: LiteRTWritable {
  /// The format lists places in rows, and compares with nothing but truth.
  func write(_ node: SubjectNode, _ out: SubgraphWriter) throws(ModelError) {
    var x = try out.operand(0)
    let element = out.elementOfOperand(0)
    if element != .bool {
      let isSet = try out.temporary(.bool, out.shape(ofOperand: 0))
      out.step(.notEqual, [x, try out.number(0, element)], [isSet], KernelOptions(Schema.NotEqualOptions.code))
      x = isSet
    }
    let rank = out.shape(ofOperand: 0).count
    let rows = try out.temporary(.int64, [.unknown, .number(rank)])
    out.step(.where, [x], [rows], KernelOptions(Schema.WhereOptions.code))
    out.step(.transpose, [rows, try out.integers([1, 0])], [try out.result()], KernelOptions(Schema.TransposeOptions.code))
  }
}

extension Mod: LiteRTWritable {
  func limits(_ node: SubjectNode) -> Rejection? {
    if fmod { return Rejection(.attribute, "a remainder with the dividend's sign") }
    let element = node.operand(0)?.element
    return element == .float32 || element == .int32 || element == .int64
      ? nil : Rejection(.elementType, "a remainder of \(element?.rawValue ?? "?")")
  }
  func write(_ node: SubjectNode, _ out: SubgraphWriter) throws(ModelError) {
    out.step(.floorMod, [try out.operand(0), try out.operand(1)], [try out.result()], KernelOptions(Schema.FloorModOptions.code))
  }
}

extension Xor: LiteRTWritable {
  func write(_ node: SubjectNode, _ out: SubgraphWriter) throws(ModelError) {
    out.step(.notEqual, [try out.operand(0), try out.operand(1)], [try out.result()], KernelOptions(Schema.NotEqualOptions.code))
  }
}

extension ReverseSequence: LiteRTWritable {
  func write(_ node: SubjectNode, _ out: SubgraphWriter) throws(ModelError) {
    var options = KernelOptions(Schema.ReverseSequenceOptions.code, Schema.ReverseSequenceOptions.seqDim, timeAxis)
    options.object.set(Schema.ReverseSequenceOptions.batchDim, batchAxis)
    out.step(.reverseSequence, [try out.operand(0), try out.operand(1)], [try out.result()], options)
  }
}
