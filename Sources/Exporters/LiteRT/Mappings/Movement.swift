import Diagnostics
import GraphIR
import LiteRTSchema
import Operators
import Retargeting
import Tensors

extension Transpose: LiteRTWritable {
  func limits(_ node: SubjectNode) -> Rejection? {
    (node.operand(0)?.shape?.count ?? 0) > 6 ? Rejection(.rank, "a transposition of more than 6 axes") : nil
  }
  func write(_ node: SubjectNode, _ out: SubgraphWriter) throws(ModelError) {
    let order = try permutation(rank: out.shape(ofOperand: 0).count)
    out.step(.transpose, [try out.operand(0), try out.integers(order)], [try out.result()], KernelOptions(Schema.TransposeOptions.code))
  }
}

extension SubgraphWriter {
  /// Writes a step that gives the operand the result's shape: by numbers, one open size at most, or by `computed`.
  func reshape(from x: Int, computed: (() throws(ModelError) -> Int)? = nil) throws(ModelError) {
    let shape = shape(ofResult: 0)
    let open = shape.filter { $0.number == nil }.count
    if open <= 1, !(open == 1 && shape.contains(0)) {
      let numbers = shape.map { $0.number ?? -1 }
      var options = KernelOptions(Schema.ReshapeOptions.code)
      options.object.set(Schema.ReshapeOptions.newShape, numbers)
      step(.reshape, [x, try integers(numbers)], [try result()], options)
    } else if let computed {
      step(.reshape, [x, try computed()], [try result()], KernelOptions(Schema.ReshapeOptions.code))
    } else {
      throw ModelError(.notExpressible, "a shape \(shape) that is not known")
    }
  }

  /// True when the reshape to the result's shape can be said without computing it.
  static func isPlain(_ shape: [Dim]?) -> Bool { (shape ?? []).filter { $0.number == nil }.count <= 1 }
}

extension Reshape: LiteRTWritable {
  func write(_ node: SubjectNode, _ out: SubgraphWriter) throws(ModelError) {
    let x = try out.operand(0)
    try out.reshape(from: x) { () throws(ModelError) in
      guard let target = node.operand(1)?.elements, target.contains(0), !allowzero else { return try out.narrow(1) }
      return try Self.shape(target, sizesOf: x, out)
    }
  }

  /// A target in which 0 stands for the operand's size on that axis, computed: runs of sizes taken over, and of others.
  private static func shape(_ target: [Dim], sizesOf x: Int, _ out: SubgraphWriter) throws(ModelError) -> Int {
    let sizes = try out.temporary(.int32, [.number(out.shape(ofOperand: 0).count)])
    out.step(.shape, [x], [sizes], KernelOptions(Schema.ShapeOptions.code, Schema.ShapeOptions.outType, Schema.TensorType.int32.rawValue))
    var parts: [Int] = []
    var first = 0
    while first < target.count {
      let isTaken = target[first] == 0
      let end = target[first...].firstIndex { ($0 == 0) != isTaken } ?? target.count
      let numbers = target[first..<end].compactMap(\.number)
      if !isTaken, numbers.count == end - first {
        parts.append(try out.integers(numbers))
      } else {
        let part = try out.temporary(.int32, [.number(end - first)])
        let bounds = try [isTaken ? sizes : out.narrow(1), out.integers([first]), out.integers([end]), out.integers([1])]
        out.step(.stridedSlice, bounds, [part], KernelOptions(Schema.StridedSliceOptions.code))
        parts.append(part)
      }
      first = end
    }
    guard parts.count > 1 else { return parts[0] }
    let whole = try out.temporary(.int32, [.number(target.count)])
    out.step(.concatenation, parts, [whole], KernelOptions(Schema.ConcatenationOptions.code))
    return whole
  }
}

extension Flatten: LiteRTWritable {
  func limits(_ node: SubjectNode) -> Rejection? {
    SubgraphWriter.isPlain(node.result(0).shape) ? nil : Rejection(.dynamicShape, "a result of two open sizes")
  }
  func write(_ node: SubjectNode, _ out: SubgraphWriter) throws(ModelError) { try out.reshape(from: out.operand(0)) }
}

extension Squeeze: LiteRTWritable {
  func limits(_ node: SubjectNode) -> Rejection? {
    node.operand(1) == nil && node.operand(0)?.shape?.contains { $0.number == nil } ?? true ? .openAxesSqueezed : nil
  }

  func write(_ node: SubjectNode, _ out: SubgraphWriter) throws(ModelError) {
    let shape = out.shape(ofOperand: 0)
    if SubgraphWriter.isPlain(node.result(0).shape) { return try out.reshape(from: out.operand(0)) }
    var options = KernelOptions(Schema.SqueezeOptions.code)
    let axes = node.operand(1)?.integers ?? shape.indices.filter { shape[$0] == 1 }
    options.object.set(Schema.SqueezeOptions.squeezeDims, axes.map { $0 < 0 ? $0 + shape.count : $0 })
    out.step(.squeeze, [try out.operand(0)], [try out.result()], options)
  }
}

extension Unsqueeze: LiteRTWritable {
  func limits(_ node: SubjectNode) -> Rejection? { node.operand(1)?.integers == nil ? Rejection(.operand, "axes that are computed") : nil }
  func write(_ node: SubjectNode, _ out: SubgraphWriter) throws(ModelError) {
    if SubgraphWriter.isPlain(node.result(0).shape) { return try out.reshape(from: out.operand(0)) }
    let rank = out.shape(ofResult: 0).count
    let axes = (node.operand(1)?.integers ?? []).map { $0 < 0 ? $0 + rank : $0 }.sorted()
    var (value, shape) = (try out.operand(0), out.shape(ofOperand: 0))
    for (index, axis) in axes.enumerated() {
      shape.insert(1, at: min(axis, shape.count))
      let next = try index == axes.count - 1 ? out.result() : out.temporary(out.elementOfOperand(0), shape)
      out.step(.expandDims, [value, try out.scalar(axis)], [next], KernelOptions(Schema.ExpandDimsOptions.code))
      value = next
    }
  }
}

extension Concat: LiteRTWritable {
  func write(_ node: SubjectNode, _ out: SubgraphWriter) throws(ModelError) {
    var inputs: [Int] = []
    for index in 0..<node.operandCount { inputs.append(try out.operand(index)) }
    let rank = out.shape(ofResult: 0).count
    let options = KernelOptions(Schema.ConcatenationOptions.code, Schema.ConcatenationOptions.axis, axis < 0 ? axis + rank : axis)
    out.step(.concatenation, inputs, [try out.result()], options)
  }
}

extension Split: LiteRTWritable {
  func limits(_ node: SubjectNode) -> Rejection? {
    let rank = node.operand(0)?.shape?.count ?? 0
    let sizes = (0..<node.resultCount).map { node.result($0).shape?[axis < 0 ? axis + rank : axis].number }
    return sizes.contains(nil) ? Rejection(.dynamicShape, "parts of a size that is not known") : nil
  }
  func write(_ node: SubjectNode, _ out: SubgraphWriter) throws(ModelError) {
    let rank = out.shape(ofOperand: 0).count
    let along = axis < 0 ? axis + rank : axis
    var results: [Int] = []
    for index in 0..<node.resultCount { results.append(try out.result(index)) }
    let sizes = (0..<node.resultCount).map { out.shape(ofResult: $0)[along].number ?? 0 }
    if Set(sizes).count == 1 {
      let options = KernelOptions(Schema.SplitOptions.code, Schema.SplitOptions.numSplits, results.count)
      return out.step(.split, [try out.scalar(along), try out.operand(0)], results, options)
    }
    let options = KernelOptions(Schema.SplitVOptions.code, Schema.SplitVOptions.numSplits, results.count)
    out.step(.splitV, [try out.operand(0), try out.integers(sizes), try out.scalar(along)], results, options)
  }
}

extension Pad: LiteRTWritable {
  func limits(_ node: SubjectNode) -> Rejection? {
    guard mode == .constant || mode == .reflect else { return Rejection(.attribute, "padding by \(mode.rawValue)") }
    guard let pads = node.operand(1)?.integers else { return Rejection(.operand, "pads that are computed") }
    if node.operand(3) != nil, node.operand(3)?.integers == nil { return Rejection(.operand, "axes that are computed") }
    return pads.contains { $0 < 0 } ? Rejection(.operand, "negative pads") : nil
  }
  func write(_ node: SubjectNode, _ out: SubgraphWriter) throws(ModelError) {
    let rank = out.shape(ofOperand: 0).count
    let pads = node.operand(1)?.integers ?? []
    let axes = node.operand(3)?.integers?.map { $0 < 0 ? $0 + rank : $0 } ?? Array(0..<rank)
    var rows = [Int](repeating: 0, count: 2 * rank)
    for (index, axis) in axes.enumerated() where index + axes.count < pads.count {
      rows[2 * axis] = pads[index]
      rows[2 * axis + 1] = pads[index + axes.count]
    }
    let table = try out.constant(try Tensor(.int32, [rank, 2], elements: rows.map { Int32(clamping: $0) }))
    let x = try out.operand(0)
    if mode == .reflect {
      let options = KernelOptions(Schema.MirrorPadOptions.code, Schema.MirrorPadOptions.mode, Schema.MirrorPadMode.reflect.rawValue)
      return out.step(.mirrorPad, [x, table], [try out.result()], options)
    }
    let filling = try node.operand(2)?.constant?.doubles().first ?? (node.operand(2) == nil ? 0 : .nan)
    let meaning = out.graph[node.id].operands[0].flatMap { out.quantization.storedType(of: $0) }
    // Integers that stand for numbers are padded with what stands for 0.
    if filling == Double(meaning?.zeroPoints.first ?? 0) { return out.step(.pad, [x, table], [try out.result()], KernelOptions(Schema.PadOptions.code)) }
    var value = try node.operand(2) == nil ? out.number(0, out.elementOfOperand(0)) : out.operand(2)
    // And where that is another number, it has to mean the same as they.
    if let meaning, !filling.isNaN {
      value = try out.constant(try Tensor(.float64, [], elements: [filling]).converted(to: meaning.element), quantization: meaning)
    }
    out.step(.padv2, [x, table, value], [try out.result()], KernelOptions(Schema.PadV2Options.code))
  }
}

extension Slice: LiteRTWritable {
  func limits(_ node: SubjectNode) -> Rejection? {
    if node.operand(3) != nil, node.operand(3)?.integers == nil { return Rejection(.operand, "axes that are computed") }
    if node.operand(4) != nil, node.operand(4)?.integers == nil { return Rejection(.operand, "steps that are computed") }
    let isKnown = node.operand(1)?.integers != nil && node.operand(2)?.integers != nil
    let whole = node.operand(0)?.shape?.count == 1
    return isKnown || whole ? nil : Rejection(.operand, "starts or ends that are computed")
  }
  func write(_ node: SubjectNode, _ out: SubgraphWriter) throws(ModelError) {
    let rank = out.shape(ofOperand: 0).count
    guard let starts = node.operand(1)?.integers, let ends = node.operand(2)?.integers else {
      let steps = try out.integers(node.operand(4)?.integers ?? [1])
      return out.step(
        .stridedSlice, [try out.operand(0), try out.narrow(1), try out.narrow(2), steps], [try out.result()],
        KernelOptions(Schema.StridedSliceOptions.code))
    }
    let axes = node.operand(3)?.integers?.map { $0 < 0 ? $0 + rank : $0 } ?? Array(starts.indices)
    let listed = node.operand(4)?.integers ?? axes.map { _ in 1 }
    var (from, to, steps) = ([Int](repeating: 0, count: rank), [Int](repeating: 0, count: rank), [Int](repeating: 1, count: rank))
    var (open, closed) = ((1 << rank) - 1, (1 << rank) - 1)
    for (index, axis) in axes.enumerated() {
      (from[axis], to[axis], steps[axis]) = (starts[index], ends[index], listed[index])
      let isForward = listed[index] > 0
      if !(isForward ? starts[index] == 0 : starts[index] >= Int(Int32.max)) { open &= ~(1 << axis) }
      if !(isForward ? ends[index] >= Int(Int32.max) : ends[index] <= Int(Int32.min)) { closed &= ~(1 << axis) }
    }
    var options = KernelOptions(Schema.StridedSliceOptions.code)
    options.object.set(Schema.StridedSliceOptions.beginMask, open)
    options.object.set(Schema.StridedSliceOptions.endMask, closed)
    let operands = try [out.operand(0), out.integers(from), out.integers(to), out.integers(steps)]
    out.step(.stridedSlice, operands, [try out.result()], options)
  }
}

extension Expand: LiteRTWritable {
  func write(_ node: SubjectNode, _ out: SubgraphWriter) throws(ModelError) {
    // What the target shape says 1 for keeps its size, which BROADCAST_TO does not do.
    let shape = out.shape(ofResult: 0)
    let numbers = shape.compactMap(\.number)
    let target = try numbers.count == shape.count ? out.integers(numbers) : out.narrow(1)
    out.step(.broadcastTo, [try out.operand(0), target], [try out.result()], version: 2, KernelOptions(Schema.BroadcastToOptions.code))
  }
}

extension Tile: LiteRTWritable {
  func write(_ node: SubjectNode, _ out: SubgraphWriter) throws(ModelError) {
    out.step(.tile, [try out.operand(0), try out.narrow(1)], [try out.result()], KernelOptions(Schema.TileOptions.code))
  }
}

extension ShapeOf: LiteRTWritable {
  func write(_ node: SubjectNode, _ out: SubgraphWriter) throws(ModelError) {
    let options = KernelOptions(Schema.ShapeOptions.code, Schema.ShapeOptions.outType, Schema.TensorType.int64.rawValue)
    let rank = out.shape(ofOperand: 0).count
    let first = start < 0 ? max(0, start + rank) : min(start, rank)
    let last = (end ?? rank) < 0 ? max(0, (end ?? 0) + rank) : min(end ?? rank, rank)
    guard first != 0 || last != rank else { return out.step(.shape, [try out.operand(0)], [try out.result()], options) }
    let whole = try out.temporary(.int64, [.number(rank)])
    out.step(.shape, [try out.operand(0)], [whole], options)
    let operands = try [whole, out.integers([first]), out.integers([last]), out.integers([1])]
    out.step(.stridedSlice, operands, [try out.result()], KernelOptions(Schema.StridedSliceOptions.code))
  }
}

extension Gather: LiteRTWritable {
  /// Negative positions count from the end in ours, and are errors there.
  func write(_ node: SubjectNode, _ out: SubgraphWriter) throws(ModelError) {
    let shape = out.shape(ofOperand: 0)
    let along = axis < 0 ? axis + shape.count : axis
    var indices = try out.operand(1)
    if let constant = node.operand(1)?.constant, let numbers = try? constant.integers(), numbers.contains(where: { $0 < 0 }) {
      guard let size = shape[along].number else { throw ModelError(.notExpressible, "a position from the end of an axis that is open") }
      indices = try out.constant(try Tensor(.int64, constant.shape, elements: numbers.map { Int64($0 < 0 ? $0 + size : $0) }))
    }
    let options = KernelOptions(Schema.GatherOptions.code, Schema.GatherOptions.axis, along)
    out.step(.gather, [try out.operand(0), indices], [try out.result()], options)
  }
}

extension GatherND: LiteRTWritable {
  func limits(_ node: SubjectNode) -> Rejection? { batchDims == 0 ? nil : Rejection(.attribute, "\(batchDims) batch axes") }
  func write(_ node: SubjectNode, _ out: SubgraphWriter) throws(ModelError) {
    out.step(.gatherNd, [try out.operand(0), try out.operand(1)], [try out.result()], KernelOptions(Schema.GatherNdOptions.code))
  }
}
