import Diagnostics
import GraphIR
import Operators
import Retargeting
import Tensors

/// What a `Slice` takes of each axis of the Mat.
private struct Cuts {
  var axes: [Int] = []
  var starts: [Int] = []
  /// -233 for all that follows.
  var ends: [Int] = []
  /// Axes whose order is turned round.
  var reversed: [Int] = []
  /// Axes of which every `step`th element is taken: how many, and what is missing behind the last for whole steps.
  var steps: [(axis: Int, count: Int, step: Int, missing: Int)] = []
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
    guard cuts.steps.isEmpty || layout.sizes.count < 4 else { throw ModelError(.unsupported, "a step over one of four axes") }
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
      var sizes = layout.axes.map { result[$0] }
      for part in cuts.steps { sizes[part.axis] = .number(part.count * part.step - part.missing) }
      blob = out.layer(
        "Crop", [blob], [(9, .ints(cuts.starts)), (10, .ints(cuts.ends)), (11, .ints(cuts.axes))], sizes: sizes.isEmpty ? [1] : sizes)
    }
    for part in cuts.steps { blob = try everyStep(blob, part, out) }
    if !cuts.reversed.isEmpty { blob = out.layer("Flip", [blob], [(0, .ints(cuts.reversed))], sizes: blob.sizes) }
    return [try out.reshape(blob, to: out.sizes(of: node.result(0)))]
  }
}

extension Slice {
  /// Steps become an axis of their own, of which the first element stays.
  private func everyStep(_ x: Blob, _ part: (axis: Int, count: Int, step: Int, missing: Int), _ out: LayerWriter) throws(ModelError) -> Blob {
    var (blob, goal) = (x, x.sizes)
    goal[part.axis] = .number(part.count)
    if part.missing > 0 {
      var whole = x.sizes
      whole[part.axis] = .number(part.count * part.step)
      let key = [3, 1, 8][x.sizes.count - 1 - part.axis]
      blob = out.layer("Padding", [x], [(key, .int(part.missing))], sizes: whole)
    }
    var stepped = goal
    stepped.insert(.number(part.step), at: part.axis + 1)
    blob = try out.reshape(blob, to: stepped)
    stepped[part.axis + 1] = 1
    blob = out.layer("Crop", [blob], [(9, .ints([0])), (10, .ints([1])), (11, .ints([part.axis + 1]))], sizes: stepped)
    return try out.reshape(blob, to: goal)
  }
}

extension Cuts {
  mutating func add(_ position: Int, _ size: Dim, _ start: Int, _ end: Int, _ step: Int) throws(ModelError) {
    guard step > 0 || step == -1 else { throw ModelError(.unsupported, "a step of \(step)") }
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
      guard step > 1, last > first else {
        if first != 0 || last != count { append(position, first, last) }
        return
      }
      let taken = (last - first + step - 1) / step
      let end = min(first + taken * step, count)
      steps.append((position, taken, step, first + taken * step - end))
      if first != 0 || end != count { append(position, first, end) }
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
