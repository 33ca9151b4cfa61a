import Diagnostics
import GraphIR
import Operators
import Retargeting
import Tensors

extension Concat: NCNNWritable {
  var takesIntegers: Bool { true }

  func limits(_ node: SubjectNode) -> Rejection? {
    guard let rank = node.result(0).shape?.count, let layout = node.layout(ofResult: 0) else { return Rejection(.dynamicShape, "a value of unknown rank") }
    let along = axis < 0 ? axis + rank : axis
    return layout.position(of: along) == nil && node.operandCount > 1 ? Rejection(.rank, "parts along an axis that a Mat leaves out") : nil
  }

  func write(_ node: SubjectNode, _ out: LayerWriter) throws(ModelError) -> [Blob?] {
    guard let shape = node.result(0).shape, let layout = MatLayout(shape) else { throw ModelError(.notExpressible, "no layout") }
    var parts: [Blob] = []
    for index in 0..<node.operandCount {
      guard let own = node.operand(index)?.shape else { throw ModelError(.notExpressible, "operand \(index) has no shape") }
      parts.append(try out.operand(index, as: own.aligned(to: layout.axes, ofRank: shape.count)))
    }
    guard parts.count > 1, let along = layout.position(of: axis < 0 ? axis + shape.count : axis) else { return [parts.first] }
    return [out.layer("Concat", parts, [(0, .int(along))], sizes: layout.sizes)]
  }
}

extension Split: NCNNWritable {
  var takesIntegers: Bool { true }
  func dataOperands(_ node: SubjectNode) -> [Int] { [0] }

  private func along(_ node: SubjectNode) -> (axis: Int, position: Int)? {
    guard let shape = node.operand(0)?.shape, let layout = MatLayout(shape) else { return nil }
    let axis = axis < 0 ? axis + shape.count : axis
    return layout.position(of: axis).map { (axis, $0) }
  }

  func limits(_ node: SubjectNode) -> Rejection? {
    guard let (axis, _) = along(node) else { return Rejection(.rank, "parts along an axis that a Mat leaves out") }
    let sizes = (0..<node.resultCount).map { node.result($0).shape?[axis].number }
    return sizes.dropLast().contains(nil) ? Rejection(.dynamicShape, "parts of unknown size", remedy: "fix the sizes with --shape") : nil
  }

  func write(_ node: SubjectNode, _ out: LayerWriter) throws(ModelError) -> [Blob?] {
    guard let (axis, position) = along(node) else { throw ModelError(.notExpressible, "no axis") }
    let x = try out.operand(0)
    var (sizes, lengths) = ([[Dim]](), [Int]())
    for index in 0..<node.resultCount {
      let length = node.result(index).shape?[axis] ?? .unknown
      var part = x.sizes
      part[position] = length
      sizes.append(part)
      lengths.append(length.number ?? -233)
    }
    let parts = out.layer("Slice", [x], [(0, .ints(lengths)), (1, .int(position))], outputs: sizes)
    var results: [Blob?] = []
    for (index, part) in parts.enumerated() { results.append(try out.reshape(part, to: out.sizes(of: node.result(index)))) }
    return results
  }
}

/// What a `Slice` takes of each axis of the Mat.
private struct Cuts {
  var axes: [Int] = []
  var starts: [Int] = []
  /// -233 for all that follows.
  var ends: [Int] = []
  /// Axes whose order is turned round.
  var reversed: [Int] = []
}

extension Slice: NCNNWritable {
  var takesIntegers: Bool { true }
  func dataOperands(_ node: SubjectNode) -> [Int] { [0] }

  private func cuts(_ node: SubjectNode) throws(ModelError) -> Cuts {
    guard let shape = node.operand(0)?.shape, let layout = MatLayout(shape) else { throw ModelError(.unsupported, "a slice of a tensor of unknown rank") }
    guard let starts = node.operand(Operand.starts)?.integers, let ends = node.operand(Operand.ends)?.integers, starts.count == ends.count else {
      throw ModelError(.unsupported, "bounds that are not constants")
    }
    let axes = node.operand(Operand.axes)?.integers ?? Array(starts.indices)
    let steps = node.operand(Operand.steps)?.integers ?? [Int](repeating: 1, count: starts.count)
    guard axes.count == starts.count, steps.count == starts.count else { throw ModelError(.unsupported, "bounds of different number") }
    var cuts = Cuts()
    for (index, axis) in axes.enumerated() {
      let along = axis < 0 ? axis + shape.count : axis
      guard shape.indices.contains(along), let position = layout.position(of: along) else { continue }
      try cuts.add(position, shape[along], starts[index], ends[index], steps[index])
    }
    return cuts
  }

  func limits(_ node: SubjectNode) -> Rejection? {
    do {
      _ = try cuts(node)
      return nil
    } catch {
      return Rejection(.operand, error.message, remedy: "fix the sizes with --shape")
    }
  }

  func write(_ node: SubjectNode, _ out: LayerWriter) throws(ModelError) -> [Blob?] {
    let cuts = try cuts(node)
    guard let shape = node.operand(0)?.shape, let layout = MatLayout(shape), let result = node.result(0).shape else {
      throw ModelError(.notExpressible, "no layout")
    }
    var blob = try out.operand(0)
    if !cuts.axes.isEmpty {
      let sizes = layout.axes.map { result[$0] }
      blob = out.layer(
        "Crop", [blob], [(9, .ints(cuts.starts)), (10, .ints(cuts.ends)), (11, .ints(cuts.axes))], sizes: sizes.isEmpty ? [1] : sizes)
    }
    if !cuts.reversed.isEmpty { blob = out.layer("Flip", [blob], [(0, .ints(cuts.reversed))], sizes: blob.sizes) }
    return [try out.reshape(blob, to: out.sizes(of: node.result(0)))]
  }
}

extension Cuts {
  mutating func add(_ position: Int, _ size: Dim, _ start: Int, _ end: Int, _ step: Int) throws(ModelError) {
    guard step == 1 || step == -1 else { throw ModelError(.unsupported, "a step of \(step): ncnn crops without steps") }
    guard let count = size.number else {
      guard step == 1, start >= 0, end != 0, end != -233 else {
        throw ModelError(.unsupported, "a slice from \(start) to \(end) by \(step) of an axis whose size is not known")
      }
      if start == 0, end >= Int(Int32.max) { return }
      append(position, start, end >= Int(Int32.max) ? -233 : end)
      return
    }
    func clamped(_ value: Int, _ range: ClosedRange<Int>) -> Int {
      let positive = value < 0 ? value.addingReportingOverflow(count).partialValue : value
      return min(max(positive, range.lowerBound), range.upperBound)
    }
    if step > 0 {
      let (first, last) = (clamped(start, 0...count), clamped(end, 0...count))
      if first != 0 || last != count { append(position, first, last) }
    } else {
      let last = clamped(start, -1...max(count - 1, 0))
      let before = end < -count ? -1 : clamped(end, -1...max(count - 1, 0))
      reversed.append(position)
      if before + 1 != 0 || last + 1 != count { append(position, before + 1, last + 1) }
    }
  }

  private mutating func append(_ axis: Int, _ start: Int, _ end: Int) {
    axes.append(axis)
    starts.append(start)
    ends.append(end)
  }
}

extension Pad: NCNNWritable {
  func dataOperands(_ node: SubjectNode) -> [Int] { [0] }

  /// What is added before and behind each axis of the Mat; `nil` where that is not known or lies outside.
  private func amounts(_ node: SubjectNode) -> (before: [Int], after: [Int])? {
    guard let shape = node.operand(0)?.shape, let layout = MatLayout(shape), let pads = node.operand(Operand.pads)?.integers else { return nil }
    let axes = node.operand(Operand.axes) == nil ? Array(shape.indices) : node.operand(Operand.axes)?.integers ?? []
    guard pads.count == 2 * axes.count, pads.allSatisfy({ $0 >= 0 }) else { return nil }
    var (before, after) = ([Int](repeating: 0, count: layout.sizes.count), [Int](repeating: 0, count: layout.sizes.count))
    for (index, axis) in axes.enumerated() where pads[index] != 0 || pads[index + axes.count] != 0 {
      guard let position = layout.position(of: axis < 0 ? axis + shape.count : axis) else { return nil }
      (before[position], after[position]) = (pads[index], pads[index + axes.count])
    }
    return (before, after)
  }

  func limits(_ node: SubjectNode) -> Rejection? {
    if mode == .wrap { return Rejection(.attribute, "mode wrap: ncnn pads with a constant, the edge or a reflection") }
    guard let (before, after) = amounts(node) else { return Rejection(.operand, "pads that are not constants, negative, or of an axis that a Mat leaves out") }
    if before.count == 4, before[0] != 0 || after[0] != 0 { return Rejection(.rank, "pads of the outermost of four axes") }
    if let value = node.operand(Operand.value), value.number?.isFinite != true, mode == .constant { return Rejection(.operand, "padding with a number that is not a constant") }
    return nil
  }

  func write(_ node: SubjectNode, _ out: LayerWriter) throws(ModelError) -> [Blob?] {
    guard let (before, after) = amounts(node) else { throw ModelError(.notExpressible, "no pads") }
    let x = try out.operand(0)
    let kind = mode == .edge ? 1 : mode == .reflect ? 2 : 0
    // By axis from the innermost: left and right, top and bottom, front and behind.
    var parameters: [(key: Int, value: Parameter)] = [(4, .int(kind)), (5, .float(node.operand(Operand.value)?.number ?? 0))]
    for (index, keys) in zip(0..<3, [(2, 3), (0, 1), (7, 8)]) where index < before.count {
      parameters += [(keys.0, .int(before[before.count - 1 - index])), (keys.1, .int(after[before.count - 1 - index]))]
    }
    let sizes = x.sizes.indices.map { x.sizes[$0] + .number(before[$0] + after[$0]) }
    return [try out.reshape(out.layer("Padding", [x], parameters, sizes: sizes), to: out.sizes(of: node.result(0)))]
  }
}

extension DepthToSpace: NCNNWritable {
  func limits(_ node: SubjectNode) -> Rejection? { node.windowLimits() }

  func write(_ node: SubjectNode, _ out: LayerWriter) throws(ModelError) -> [Blob?] {
    [try out.layer("PixelShuffle", [try out.operand(0)], [(0, .int(blocksize)), (1, .int(mode == .depthFirst ? 1 : 0))], as: node.result(0))]
  }
}

extension SpaceToDepth: NCNNWritable {
  func limits(_ node: SubjectNode) -> Rejection? { node.windowLimits() }

  func write(_ node: SubjectNode, _ out: LayerWriter) throws(ModelError) -> [Blob?] {
    [try out.layer("Reorg", [try out.operand(0)], [(0, .int(blocksize)), (1, .int(mode == .depthFirst ? 1 : 0))], as: node.result(0))]
  }
}
