import GraphIR
import Operators
import Tensors

/// Pools whose windows older sets do not have (dilated, or as many as fit): one axis after the other, each tap picked by its positions.
let windowDecompositions: [Decomposition] = [
  Decomposition(MaxPool.self) { (op, context) throws(NotRepresentable) in
    let window = try PickedWindow(op.kernelShape, op.strides, op.dilations, op.pads, op.autoPad, &context)
    return try context.isUsed(1) ? window.largestWithPlaces(isColumnMajor: op.storageOrder, &context) : [window.largest(&context)]
  },
  Decomposition(AveragePool.self) { (op, context) throws(NotRepresentable) in
    let window = try PickedWindow(op.kernelShape, op.strides, op.dilations, op.pads, op.autoPad, &context)
    let sum = try window.sum(context.required(0), &context)
    return [try context.emit(Div(), sum, window.counts(countingPads: op.countIncludePad, &context))]
  },
  // (k · mean |x|ᵖ)^(1/p), where what lies outside counts as zero.
  Decomposition(LpPool.self) { (op, context) throws(NotRepresentable) in
    guard !op.ceilMode, op.dilations?.allSatisfy({ $0 == 1 }) ?? true, op.p > 0, let count = op.kernelShape?.elementCount else {
      throw NotRepresentable("windows are dilated, or may reach beyond the padding")
    }
    let x = try context.required(0)
    var pool = AveragePool()
    (pool.kernelShape, pool.strides) = (op.kernelShape, op.strides)
    (pool.pads, pool.autoPad, pool.countIncludePad) = (op.pads, op.autoPad, true)
    let power = try op.p == 2 ? context.emit(Mul(), x, x) : context.emit(Pow(), context.emit(Abs(), x), context.number(Double(op.p), like: x))
    let sum = try context.emit(Mul(), context.emit(pool, power), context.number(Double(count), like: x))
    return [try op.p == 2 ? context.emit(Sqrt(), sum) : context.emit(Pow(), sum, context.number(1 / Double(op.p), like: x))]
  },
  Decomposition(LpPool.self) { (op, context) throws(NotRepresentable) in
    let window = try PickedWindow(op.kernelShape, op.strides, op.dilations, op.pads, op.autoPad, &context)
    let x = try context.required(0)
    guard op.p > 0 else { throw NotRepresentable("the order of the norm is not positive") }
    let power = try context.number(Double(op.p), like: x)
    let sum = try window.sum(context.emit(Pow(), context.emit(Abs(), x), power), &context)
    return [try context.emit(Pow(), sum, context.number(1 / Double(op.p), like: x))]
  },
]

/// Where the taps of a window lie, for fixed sizes.
private struct PickedWindow {
  private struct Axis {
    var size: Int
    var output: Int
    /// What lies before and behind.
    var before: Int
    var after: Int
    /// By tap, the position for each element of the result; outside, it is negative or beyond the size.
    var taps: [[Int]]
  }

  private var axes: [Axis] = []
  private let x: ValueID
  private static let tapLimit = 128

  init(
    _ kernel: [Int]?, _ strides: [Int]?, _ dilations: [Int]?, _ pads: [Int]?, _ autoPad: AutoPad, _ context: inout StepContext
  ) throws(NotRepresentable) {
    x = try context.required(0)
    let (input, output) = (try context.knownShape(x), try context.knownShape(context.graph[context.node].results[0]))
    guard let kernel, input.count == kernel.count + 2, output.count == input.count, kernel.allSatisfy({ $0 > 0 && $0 <= Self.tapLimit }) else {
      throw NotRepresentable("the window is large, or does not fit the operand")
    }
    for axis in kernel.indices {
      guard let size = input[axis + 2].number, let count = output[axis + 2].number, (1...1 << 16).contains(size), count <= 1 << 16 else {
        throw NotRepresentable("the sizes are not fixed")
      }
      let (stride, dilation) = (strides?[axis] ?? 1, dilations?[axis] ?? 1)
      guard (1...1 << 16).contains(stride), (1...1 << 16).contains(dilation) else { throw NotRepresentable("the window's steps are large") }
      let total = max(0, (count - 1) * stride + (kernel[axis] - 1) * dilation + 1 - size)
      var (before, after) = (0, 0)
      switch autoPad {
      case .valid: break
      case .sameUpper: (before, after) = (total / 2, total - total / 2)
      case .sameLower: (before, after) = (total - total / 2, total / 2)
      case .notSet: (before, after) = (pads?[axis] ?? 0, pads?[axis + kernel.count] ?? 0)
      }
      let taps = (0..<kernel[axis]).map { tap in (0..<count).map { $0 * stride + tap * dilation - before } }
      axes.append(Axis(size: size, output: count, before: before, after: after, taps: taps))
    }
  }

  /// Taps outside are replaced by one of the same window inside, which changes nothing.
  func largest(_ context: inout StepContext) throws(NotRepresentable) -> ValueID {
    var x = x
    for (index, axis) in axes.enumerated() {
      var inside: [Int] = []
      for place in 0..<axis.output {
        guard let own = axis.taps.map({ $0[place] }).first(where: { (0..<axis.size).contains($0) }) else {
          throw NotRepresentable("a window lies on padding alone")
        }
        inside.append(own)
      }
      var best: ValueID?
      for tap in axis.taps {
        let places = zip(tap, inside).map { (0..<axis.size).contains($0) ? $0 : $1 }
        let picked = try context.emit(Gather(axis: index + 2), x, context.vector(places))
        best = try best.map { (best) throws(NotRepresentable) in try context.emit(Max(), best, picked) } ?? picked
      }
      x = best ?? x
    }
    return x
  }

  /// The largest of all taps together, and where it lies in the whole operand: the first place where several are as large.
  func largestWithPlaces(isColumnMajor: Bool, _ context: inout StepContext) throws(NotRepresentable) -> [ValueID?] {
    let shape = try context.fixedShape(x)
    let images = shape[0] * shape[1]
    let (area, outputs) = (axes.reduce(1) { $0 * $1.size }, axes.reduce(1) { $0 * $1.output })
    let taps = axes.reduce(1) { $0 * $1.taps.count }
    guard outputs * taps <= 1 << 20, images <= 1 << 20, taps > 0 else { throw NotRepresentable("the windows are many, or large") }
    var (places, reported): ([Int], [Int]) = ([], [])
    for output in 0..<outputs {
      let own = (0..<taps).map { place(output, tap: $0) }
      guard let first = own.first(where: { $0 != nil }) ?? nil else { throw NotRepresentable("a window lies on padding alone") }
      places += own.map { position($0 ?? first, isColumnMajor: false) }
      reported += own.map { position($0 ?? first, isColumnMajor: isColumnMajor) }
    }
    let picked = try context.emit(Gather(axis: 1), context.reshape(x, [images, area]), context.vector(places))
    let windows = try context.reshape(picked, [images, outputs, taps])
    var (first, largest) = (ArgMax(), ReduceMax())
    (first.axis, first.keepdims, largest.keepdims) = (2, false, false)
    let starts = try context.vector((0..<outputs).map { $0 * taps })
    let chosen = try context.emit(Add(), context.emit(first, windows), starts)
    let inside = try context.emit(Gather(axis: 0), context.vector(reported), chosen)
    let whole = try context.emit(Add(), inside, context.unsqueeze(context.vector((0..<images).map { $0 * area }), at: [1]))
    let sizes = Array(shape[..<2]) + axes.map(\.output)
    return [try context.reshape(context.emit(largest, windows, context.vector([2])), sizes), try context.reshape(whole, sizes)]
  }

  /// The coordinates of a tap, by its number and that of the result's element; `nil` outside.
  private func place(_ output: Int, tap: Int) -> [Int]? {
    var (output, tap, coordinates) = (output, tap, [Int](repeating: 0, count: axes.count))
    for (index, axis) in axes.enumerated().reversed() {
      coordinates[index] = axis.taps[tap % axis.taps.count][output % axis.output]
      guard (0..<axis.size).contains(coordinates[index]) else { return nil }
      (output, tap) = (output / axis.output, tap / axis.taps.count)
    }
    return coordinates
  }

  private func position(_ coordinates: [Int], isColumnMajor: Bool) -> Int {
    let order = isColumnMajor ? Array(axes.indices.reversed()) : Array(axes.indices)
    return order.reduce(0) { $0 * axes[$1].size + coordinates[$1] }
  }

  /// Taps outside are zero.
  func sum(_ value: ValueID, _ context: inout StepContext) throws(NotRepresentable) -> ValueID {
    var x = value
    for (index, axis) in axes.enumerated() {
      let rank = axes.count + 2
      if axis.taps.joined().contains(where: { !(0..<axis.size).contains($0) }) {
        var pads = [Int](repeating: 0, count: 2 * rank)
        pads[rank + index + 2] = 1
        x = try context.emit(Pad(), x, context.vector(pads))
      }
      var total: ValueID?
      for tap in axis.taps {
        let places = tap.map { (0..<axis.size).contains($0) ? $0 : axis.size }
        let picked = try context.emit(Gather(axis: index + 2), x, context.vector(places))
        total = try total.map { (total) throws(NotRepresentable) in try context.emit(Add(), total, picked) } ?? picked
      }
      x = total ?? x
    }
    return x
  }

  /// How many taps count, `[1, 1, output…]`.
  func counts(countingPads: Bool, _ context: inout StepContext) throws(NotRepresentable) -> ValueID {
    var all = [1.0]
    for axis in axes {
      let range = countingPads ? -axis.before..<axis.size + axis.after : 0..<axis.size
      let own = (0..<axis.output).map { place in Double(axis.taps.count { range.contains($0[place]) }) }
      guard all.count * own.count <= 1 << 20, own.allSatisfy({ $0 > 0 }) else { throw NotRepresentable("a window lies on padding alone") }
      all = all.flatMap { count in own.map { count * $0 } }
    }
    return try context.numbers(all, [1, 1] + axes.map(\.output), context.knownElement(x))
  }
}
