import GraphIR
import Operators
import Tensors

/// Reading images between their pixels, as the four pixels around and their weights.
let regionDecompositions: [Decomposition] = [
  Decomposition(RoiAlign.self) { (op, context) throws(NotRepresentable) in [try context.alignedRegions(op)] },
  Decomposition(DeformConv.self) { (op, context) throws(NotRepresentable) in [try context.deformed(op)] },
]

/// Along one axis, the pixel before and the one behind, with their weights.
private struct Neighbours {
  var places: [ValueID]
  var weights: [ValueID]
}

/// Positions in images whose pixels are rows `[images · height · width, channels]`.
private struct PixelReading {
  var rows: ValueID
  /// Where each image begins, shaped like the positions.
  var origin: ValueID
  var width: Int

  /// The four pixels around, weighed: positions in the shape that both axes broadcast to, and then the channels.
  func parts(_ vertical: Neighbours, _ horizontal: Neighbours, rank: Int, _ context: inout StepContext) throws(NotRepresentable) -> [ValueID] {
    let across = try context.constant(scalar: width)
    var parts: [ValueID] = []
    for (row, rowWeight) in zip(vertical.places, vertical.weights) {
      let start = try context.emit(Add(), origin, context.emit(Mul(), row, across))
      for (column, columnWeight) in zip(horizontal.places, horizontal.weights) {
        let picked = try context.emit(Gather(axis: 0), rows, context.emit(Add(), start, column))
        let weight = try context.unsqueeze(context.emit(Mul(), rowWeight, columnWeight), at: [rank])
        parts.append(try context.emit(Mul(), picked, weight))
      }
    }
    return parts
  }
}

// Regions.
extension StepContext {
  fileprivate mutating func alignedRegions(_ op: RoiAlign) throws(NotRepresentable) -> ValueID {
    let (x, ratio, cells) = (try required(0), op.samplingRatio, (op.outputHeight, op.outputWidth))
    guard ratio > 0 else { throw NotRepresentable("the number of samples depends on the regions") }
    let shape = try knownShape(x)
    guard shape.count == 4, let height = shape[2].number, let width = shape[3].number, height > 0, width > 0,
      [ratio, cells.0, cells.1, height, width].allSatisfy({ $0 > 0 && $0 < 1 << 14 })
    else { throw NotRepresentable("the image's size is unknown") }
    let element = try knownElement(x)
    let work: ElementType = element == .float64 ? .float64 : .float32
    let scaled = try emit(Mul(), cast(required(1), to: work), number(Double(op.spatialScale), work))
    let isShifted = op.coordinateMode == .halfPixel
    let rois = isShifted ? try emit(Sub(), scaled, number(0.5, work)) : scaled
    let channels = try size(x, axis: 1)
    let rows = try emit(Reshape(), transpose(cast(x, to: work), [0, 2, 3, 1]), concat([vector([-1]), channels]))
    let vertical = try samples(rois, 1, cells.0, ratio, height, work, hasLeast: !isShifted)
    let horizontal = try samples(rois, 0, cells.1, ratio, width, work, hasLeast: !isShifted)
    let images = try unsqueeze(emit(Mul(), cast(required(2), to: .int64), constant(scalar: height * width)), at: [1, 2])
    let reading = PixelReading(rows: rows, origin: images, width: width)
    let parts = try reading.parts(shaped(vertical, at: 2), shaped(horizontal, at: 1), rank: 3, &self)
    var all = parts[0]
    for part in parts.dropFirst() { all = try op.mode == .avg ? emit(Add(), all, part) : emit(Max(), all, part) }
    let grid = try emit(Reshape(), all, concat([vector([-1, cells.0, ratio, cells.1, ratio]), channels]))
    let pooled: ValueID
    if op.mode == .avg { pooled = try mean(grid, axes: [2, 4], keepdims: false) } else {
      var largest = ReduceMax()
      largest.keepdims = false
      pooled = try emit(largest, grid, vector([2, 4]))
    }
    return try cast(transpose(pooled, [0, 3, 1, 2]), to: element)
  }

  /// The samples of all cells along an axis, `[regions, cells · ratio]`; those outside weigh nothing.
  private mutating func samples(
    _ rois: ValueID, _ column: Int, _ cells: Int, _ ratio: Int, _ size: Int, _ work: ElementType, hasLeast: Bool
  ) throws(NotRepresentable) -> Neighbours {
    let (start, end) = (try slice(rois, axis: 1, from: column, to: column + 1), try slice(rois, axis: 1, from: column + 2, to: column + 3))
    var length = try emit(Sub(), end, start)
    if hasLeast { length = try emit(Clip(), length, number(1, work)) }
    let offsets = (0..<cells * ratio).map { (Double($0 / ratio) + (Double($0 % ratio) + 0.5) / Double(ratio)) / Double(cells) }
    let at = try emit(Add(), start, emit(Mul(), length, numbers(offsets, [1, offsets.count], work)))
    let isOutside = try emit(Or(), emit(Less(), at, number(-1, work)), emit(Greater(), at, number(Double(size), work)))
    let weight = try cast(emit(Not(), isOutside), to: work)
    let inside = try emit(Clip(), at, number(0, work), number(Double(size - 1), work))
    let low = try emit(Floor(), inside)
    let rest = try emit(Sub(), inside, low)
    let high = try emit(Clip(), emit(Add(), low, number(1, work)), number(0, work), number(Double(size - 1), work))
    return Neighbours(
      places: [try cast(low, to: .int64), try cast(high, to: .int64)],
      weights: [try emit(Mul(), emit(Sub(), number(1, work), rest), weight), try emit(Mul(), rest, weight)])
  }

  private mutating func shaped(_ values: Neighbours, at axis: Int) throws(NotRepresentable) -> Neighbours {
    var result = Neighbours(places: [], weights: [])
    for place in values.places { result.places.append(try unsqueeze(place, at: [axis])) }
    for weight in values.weights { result.weights.append(try unsqueeze(weight, at: [axis])) }
    return result
  }
}

// Shifted taps.
extension StepContext {
  private struct Taps {
    /// `[channels, height, width]`
    var image: [Int]
    var kernel: [Int]
    var output: [Int]
    var count: Int { kernel[0] * kernel[1] }
    var positions: Int { output[0] * output[1] }
  }

  fileprivate mutating func deformed(_ op: DeformConv) throws(NotRepresentable) -> ValueID {
    let (x, weight) = (try required(0), try required(1))
    let (image, kernels) = (try knownShape(x), try fixedShape(weight))
    let output = try knownShape(graph[node].results[0]).dropFirst(2).compactMap(\.number)
    let fixed = image.dropFirst().compactMap(\.number)
    guard image.count == 4, fixed.count == 3, kernels.count == 4, output.count == 2, (fixed + kernels + output).allSatisfy({ (1...1 << 14).contains($0) }) else {
      throw NotRepresentable("the sizes are not fixed, or not those of images")
    }
    let taps = Taps(image: fixed, kernel: Array(kernels[2...]), output: output)
    let (groups, convolution) = (op.offsetGroup, op.convolution)
    guard taps.count * taps.positions <= 1 << 20, groups > 0, fixed[0] % groups == 0, convolution.group > 0, kernels[0] % convolution.group == 0 else {
      throw NotRepresentable("the window is large, or the groups do not fit")
    }
    let element = try knownElement(x)
    let work: ElementType = element == .float64 ? .float64 : .float32
    let columns = try self.columns(op, taps, work)
    let depth = kernels[1] * taps.count
    let matrix = try reshape(cast(weight, to: work), [1, convolution.group, kernels[0] / convolution.group, depth])
    let products = try emit(MatMul(), matrix, reshape(columns, [0, convolution.group, depth, taps.positions]))
    var result = try reshape(products, [0, kernels[0]] + output)
    if let bias = operand(3) { result = try emit(Add(), result, reshape(cast(bias, to: work), [1, kernels[0], 1, 1])) }
    return try cast(result, to: element)
  }

  /// What the taps read: `[images, groups, channels of a group, taps, positions]`.
  private mutating func columns(_ op: DeformConv, _ taps: Taps, _ work: ElementType) throws(NotRepresentable) -> ValueID {
    let (x, groups) = (try required(0), op.offsetGroup)
    let (channels, area) = (taps.image[0] / groups, taps.image[1] * taps.image[2])
    let pixels = try transpose(reshape(cast(x, to: work), [0, groups, channels, area]), [0, 1, 3, 2])
    let image = try emit(Mul(), coordinates(x, axis: 0, rank: 4), constant(scalar: groups * area))
    let group = try numbers((0..<groups).map { Double($0 * area) }, [1, groups, 1, 1], .int64)
    let reading = PixelReading(rows: try reshape(pixels, [-1, channels]), origin: try emit(Add(), image, group), width: taps.image[2])
    let offsets = try reshape(cast(required(2), to: work), [0, groups, taps.count, 2, taps.positions])
    var axes: [Neighbours] = []
    for axis in 0..<2 {
      let shift = try emit(Gather(axis: 3), offsets, constant(scalar: axis))
      let at = try emit(Add(), shift, numbers(grid(op.convolution, taps, axis), [1, 1, taps.count, taps.positions], work))
      axes.append(try around(at, taps.image[axis + 1], work))
    }
    let parts = try reading.parts(axes[0], axes[1], rank: 4, &self)
    var all = parts[0]
    for part in parts.dropFirst() { all = try emit(Add(), all, part) }
    if let mask = operand(4) {
      let weights = try reshape(cast(mask, to: work), [0, groups, taps.count, taps.positions])
      all = try emit(Mul(), all, unsqueeze(weights, at: [4]))
    }
    return try transpose(all, [0, 1, 4, 2, 3])
  }

  /// Where the taps lie along an axis without being shifted.
  private func grid(_ convolution: Conv, _ taps: Taps, _ axis: Int) -> [Double] {
    let (stride, dilation, before) = (convolution.strides?[axis] ?? 1, convolution.dilations?[axis] ?? 1, convolution.pads?[axis] ?? 0)
    return (0..<taps.count * taps.positions).map { index in
      let (tap, position) = (index / taps.positions, index % taps.positions)
      let (own, place) = axis == 0 ? (tap / taps.kernel[1], position / taps.output[1]) : (tap % taps.kernel[1], position % taps.output[1])
      return Double(place * stride - before + own * dilation)
    }
  }

  /// Pixels outside weigh nothing.
  private mutating func around(_ at: ValueID, _ size: Int, _ work: ElementType) throws(NotRepresentable) -> Neighbours {
    let one = try number(1, work)
    // Further out there is nothing either, and it fits an integer.
    let near = try emit(Clip(), at, number(-2, work), number(Double(size + 1), work))
    let low = try emit(Floor(), near)
    let rest = try emit(Sub(), near, low)
    var result = Neighbours(places: [], weights: [])
    for (place, weight) in [(low, try emit(Sub(), one, rest)), (try emit(Add(), low, one), rest)] {
      let inside = try emit(Clip(), place, number(0, work), number(Double(size - 1), work))
      let isInside = try emit(Less(), emit(Abs(), emit(Sub(), inside, place)), number(0.5, work))
      result.places.append(try cast(inside, to: .int64))
      result.weights.append(try emit(Mul(), weight, cast(isInside, to: work)))
    }
    return result
  }
}
