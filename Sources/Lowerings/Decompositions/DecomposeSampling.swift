import GraphIR
import Operators
import Tensors

/// What reads images between their pixels, or puts windows back into them.
let samplingDecompositions: [Decomposition] = [
  Decomposition(GridSample.self) { (op, context) throws(NotRepresentable) in
    var sampling = try GridDecomposition(op, &context)
    return [try sampling.result(&context)]
  },
  Decomposition(AffineGrid.self) { (op, context) throws(NotRepresentable) in [try context.affineGrid(op)] },
  Decomposition(Col2Im.self) { (op, context) throws(NotRepresentable) in [try context.columnsPutBack(op)] },
]

/// GridSample in terms of one Gather for every pixel around a position. Source: PyTorch's `grid_sample`.
private struct GridDecomposition {
  let op: GridSample
  let element: ElementType
  let work: ElementType
  let rank: Int
  /// Of the spatial axes, in integers and in floats.
  var sizes: [ValueID] = []
  var extents: [ValueID] = []
  /// Pixels by image and position, channels last: `[N·area, C]`.
  let rows: ValueID
  let origin: ValueID

  init(_ op: GridSample, _ context: inout StepContext) throws(NotRepresentable) {
    self.op = op
    let (x, grid) = (try context.required(0), try context.required(1))
    element = try context.knownElement(x)
    guard element.isFloatingPoint else { throw NotRepresentable("samples \(element.rawValue)") }
    work = element == .float64 ? .float64 : .float32
    rank = try context.knownShape(x).count
    guard rank >= 3, try context.knownShape(grid).count == rank else { throw NotRepresentable("the ranks do not fit") }
    for axis in 2..<rank {
      let size = try context.size(x, axis: axis)
      sizes.append(size)
      extents.append(try context.extent(size, work))
    }
    let channels = try context.size(x, axis: 1)
    let moved = try context.transpose(context.cast(x, to: work), [0] + Array(2..<rank) + [1])
    rows = try context.emit(Reshape(), moved, context.concat([context.vector([-1]), channels]))
    var area = try context.vector([1])
    for size in sizes { area = try context.product(area, size) }
    origin = try context.emit(Mul(), context.coordinates(grid, axis: 0, rank: rank - 1), area)
  }

  /// A pixel along one axis, with its weight; `nil` where there is no other.
  private struct Tap {
    var place: ValueID
    var weight: ValueID?
  }

  mutating func result(_ context: inout StepContext) throws(NotRepresentable) -> ValueID {
    let grid = try context.cast(context.required(1), to: work)
    var corners: [Tap] = [Tap(place: origin)]
    var stride = try context.vector([1])
    for axis in (0..<rank - 2).reversed() {
      // The last axis comes first in a point.
      let last = try context.constant(scalar: rank - 3 - axis)
      let at = try context.emit(Gather(axis: rank - 1), grid, last)
      var combined: [Tap] = []
      let taps = try taps(pixel(at, axis, &context), axis, &context)
      for tap in taps {
        let offset = try context.emit(Mul(), tap.place, stride)
        for corner in corners {
          combined.append(Tap(place: try context.emit(Add(), corner.place, offset), weight: try both(corner.weight, tap.weight, &context)))
        }
      }
      corners = combined
      stride = try context.product(stride, sizes[axis])
    }
    var sum: ValueID?
    for corner in corners {
      var part = try context.emit(Gather(axis: 0), rows, corner.place)
      if let weight = corner.weight { part = try context.emit(Mul(), part, context.unsqueeze(weight, at: [rank - 1])) }
      sum = try sum.map { (sum) throws(NotRepresentable) in try context.emit(Add(), sum, part) } ?? part
    }
    guard let sum else { throw NotRepresentable("there are no pixels") }
    return try context.cast(context.transpose(sum, [0, rank - 1] + Array(1..<rank - 1)), to: element)
  }

  private func both(_ a: ValueID?, _ b: ValueID?, _ context: inout StepContext) throws(NotRepresentable) -> ValueID? {
    guard let a, let b else { return a ?? b }
    return try context.emit(Mul(), a, b)
  }

  /// A position between -1 and 1 in pixels.
  private func pixel(_ at: ValueID, _ axis: Int, _ context: inout StepContext) throws(NotRepresentable) -> ValueID {
    let (one, half) = (try context.number(1, work), try context.number(0.5, work))
    let shifted = try context.emit(Add(), at, one)
    if op.alignCorners { return try context.emit(Mul(), context.emit(Mul(), shifted, half), context.emit(Sub(), extents[axis], one)) }
    return try context.emit(Mul(), context.emit(Sub(), context.emit(Mul(), shifted, extents[axis]), one), half)
  }

  private func taps(_ at: ValueID, _ axis: Int, _ context: inout StepContext) throws(NotRepresentable) -> [Tap] {
    let position = try inside(op.mode == .nearest ? context.emit(Round(), at) : at, axis, &context)
    if op.mode == .nearest { return [try tap(position, nil, axis, &context)] }
    let first = try context.emit(Floor(), position)
    let rest = try context.emit(Sub(), position, first)
    let one = try context.number(1, work)
    let opposite = try context.emit(Sub(), one, rest)
    guard op.mode == .cubic else {
      return [try tap(first, opposite, axis, &context), try tap(context.emit(Add(), first, one), rest, axis, &context)]
    }
    let weights = [
      try outer(context.emit(Add(), rest, one), &context), try inner(rest, &context), try inner(opposite, &context),
      try outer(context.emit(Add(), opposite, one), &context),
    ]
    var taps: [Tap] = []
    for (step, weight) in weights.enumerated() {
      taps.append(try tap(context.emit(Add(), first, context.number(Double(step - 1), work)), weight, axis, &context))
    }
    return taps
  }

  /// Cubic convolution with a = -3/4.
  private func outer(_ d: ValueID, _ context: inout StepContext) throws(NotRepresentable) -> ValueID {
    try context.horner(d, [-0.75, 3.75, -6, 3], work)
  }

  private func inner(_ d: ValueID, _ context: inout StepContext) throws(NotRepresentable) -> ValueID {
    try context.horner(d, [1.25, -2.25, 0, 1], work)
  }

  /// The pixel at a whole position, which may lie outside.
  private func tap(_ at: ValueID, _ weight: ValueID?, _ axis: Int, _ context: inout StepContext) throws(NotRepresentable) -> Tap {
    let last = try context.emit(Sub(), extents[axis], context.number(1, work))
    let moved = op.paddingMode == .reflection ? try reflected(at, axis, &context) : at
    let clipped = try context.between(moved, context.number(0, work), last)
    var weight = weight
    if op.paddingMode == .zeros {
      let distance = try context.emit(Abs(), context.emit(Sub(), clipped, at))
      let isInside = try context.cast(context.emit(Less(), distance, context.number(0.5, work)), to: work)
      weight = try both(weight, isInside, &context)
    }
    return Tap(place: try context.cast(clipped, to: .int64), weight: weight)
  }

  /// Positions outside moved inside, unless what is outside counts as zero; those are brought near.
  private func inside(_ at: ValueID, _ axis: Int, _ context: inout StepContext) throws(NotRepresentable) -> ValueID {
    switch op.paddingMode {
    case .zeros:
      let three = try context.number(3, work)
      return try context.between(at, context.number(-3, work), context.emit(Add(), extents[axis], three))
    case .border:
      let last = try context.emit(Sub(), extents[axis], context.number(1, work))
      let clipped = try context.between(at, context.number(0, work), last)
      guard op.mode == .cubic, !op.alignCorners else { return clipped }
      // Within half a pixel outside, the position counts.
      let half = try context.number(0.5, work)
      let isLow = try context.emit(Less(), at, context.number(-0.5, work))
      let isHigh = try context.emit(Greater(), at, context.emit(Add(), last, half))
      return try context.emit(Where(), context.emit(Or(), isLow, isHigh), clipped, at)
    case .reflection: return try reflected(at, axis, &context)
    }
  }

  /// Back and forth between the borders.
  private func reflected(_ at: ValueID, _ axis: Int, _ context: inout StepContext) throws(NotRepresentable) -> ValueID {
    let (one, half, two) = (try context.number(1, work), try context.number(0.5, work), try context.number(2, work))
    let low = try context.number(op.alignCorners ? 0 : -0.5, work)
    var range = extents[axis]
    if op.alignCorners {
      guard (try? context.constant(sizes[axis])?.integers()) != [1] else { throw NotRepresentable("reflects at a single pixel") }
      range = try context.emit(Sub(), range, one)
    }
    let distance = try context.emit(Abs(), context.emit(Sub(), at, low))
    let turns = try context.emit(Floor(), context.emit(Div(), distance, range))
    let rest = try context.emit(Sub(), distance, context.emit(Mul(), turns, range))
    // 1 on the way back.
    let isOdd = try context.emit(Sub(), turns, context.emit(Mul(), two, context.emit(Floor(), context.emit(Mul(), turns, half))))
    let back = try context.emit(Sub(), range, context.emit(Mul(), two, rest))
    return try context.emit(Add(), low, context.emit(Add(), rest, context.emit(Mul(), isOdd, back)))
  }
}

extension StepContext {
  /// A vector of one size as floats, a scalar constant where it is known.
  fileprivate mutating func extent(_ size: ValueID, _ element: ElementType) throws(NotRepresentable) -> ValueID {
    if let known = try? constant(size)?.integers(), known.count == 1 { return try number(Double(known[0]), element) }
    return try cast(size, to: element)
  }

  /// A value bounded by numbers, which old sets want as attributes, or by computed ones.
  fileprivate mutating func between(_ x: ValueID, _ low: ValueID, _ high: ValueID) throws(NotRepresentable) -> ValueID {
    if let limit = constant(high)?.soleFloat { return try emit(Clip(), x, low, number(Double(limit), like: x)) }
    if let (value, amount) = constantDifference(high) { return try emit(Clip(), x, low, number(value + amount, like: x)) }
    return try emit(Min(), emit(Max(), x, low), high)
  }

  /// The two constants that a node just made adds or subtracts.
  private func constantDifference(_ value: ValueID) -> (Double, Double)? {
    guard let producer = graph.producer(of: value), graph[producer].operands.count == 2, let first = graph[producer].operands[0],
      let second = graph[producer].operands[1], let a = constant(first)?.soleFloat, let b = constant(second)?.soleFloat
    else { return nil }
    switch graph[producer].op.name {
    case "Add": return (Double(a), Double(b))
    case "Sub": return (Double(a), -Double(b))
    default: return nil
    }
  }

  fileprivate mutating func horner(_ x: ValueID, _ coefficients: [Double], _ element: ElementType) throws(NotRepresentable) -> ValueID {
    var sum = try number(coefficients[0], element)
    for coefficient in coefficients.dropFirst() {
      sum = try emit(Mul(), sum, x)
      if coefficient != 0 { sum = try emit(Add(), sum, number(coefficient, element)) }
    }
    return sum
  }

  /// Pixels as points, times the map.
  fileprivate mutating func affineGrid(_ op: AffineGrid) throws(NotRepresentable) -> ValueID {
    let (theta, size) = (try required(0), try required(1))
    let element = try knownElement(theta)
    let work: ElementType = element == .float64 ? .float64 : .float32
    guard let count = try knownShape(size).first?.number, count == 4 || count == 5 else { throw NotRepresentable("the number of sizes is unknown") }
    let axes = count - 2
    let all = try cast(size, to: .int64)
    var extents: [ValueID] = []
    for axis in 0..<axes {
      if let sizes = try? constant(all)?.integers() ?? constant(size)?.integers() { extents.append(try vector([sizes[axis + 2]])) } else {
        extents.append(try slice(all, axis: 0, from: axis + 2, to: axis + 3))
      }
    }
    let spatial = try concat(extents + [vector([1])])
    var parts: [ValueID] = []
    for axis in (0..<axes).reversed() {
      let along = try pixelCentres(extents[axis], alignCorners: op.alignCorners, work)
      let spread = try unsqueeze(along, at: (0...axes).filter { $0 != axis })
      parts.append(try emit(Expand(), spread, spatial))
    }
    parts.append(try emit(Expand(), number(1, work), spatial))
    let points = try reshape(concat(parts, axis: axes), [-1, axes + 1])
    let grid = try emit(MatMul(), points, transpose(cast(theta, to: work), [0, 2, 1]))
    let shape = try concat([slice(all, axis: 0, from: 0, to: 1)] + extents + [vector([axes])])
    return try cast(emit(Reshape(), grid, shape), to: element)
  }

  private mutating func pixelCentres(_ size: ValueID, alignCorners: Bool, _ work: ElementType) throws(NotRepresentable) -> ValueID {
    if let known = try? constant(size)?.integers().first, known <= 1 << 20 {
      let places = (0..<max(known, 0)).map { index -> Double in
        if alignCorners { return known > 1 ? -1 + 2 * Double(index) / Double(known - 1) : 0 }
        return (2 * Double(index) + 1) / Double(known) - 1
      }
      return try numbers(places, [places.count], work)
    }
    let all = try cast(emit(RangeOf(), constant(scalar: 0), scalar(size), constant(scalar: 1)), to: work)
    let extent = try cast(size, to: work)
    let doubled = try emit(Add(), all, all)
    let one = try number(1, work)
    if !alignCorners { return try emit(Sub(), emit(Div(), emit(Add(), doubled, one), extent), one) }
    let last = try emit(Sub(), extent, one)
    return try emit(Div(), emit(Sub(), doubled, last), emit(Max(), last, one))
  }

  /// A transposed convolution whose kernels hold a single one each.
  fileprivate mutating func columnsPutBack(_ op: Col2Im) throws(NotRepresentable) -> ValueID {
    let x = try required(0)
    let (image, block) = (try integers(required(1), what: "the image's size"), try integers(required(2), what: "the block's size"))
    let element = try knownElement(x)
    guard element.isFloatingPoint || element.bitWidth <= 16 else { throw NotRepresentable("adds up \(element.rawValue)") }
    let work: ElementType = element == .float64 ? .float64 : .float32
    guard let taps = block.elementCount, taps > 0, taps <= 1 << 10, block.count == image.count else { throw NotRepresentable("the block is large") }
    let axes = block.count
    let (strides, dilations) = (op.strides ?? [Int](repeating: 1, count: axes), op.dilations ?? [Int](repeating: 1, count: axes))
    let pads = op.pads ?? [Int](repeating: 0, count: 2 * axes)
    guard strides.count == axes, dilations.count == axes, pads.count == 2 * axes, strides.allSatisfy({ $0 > 0 }) else { throw NotRepresentable("") }
    var (output, missing): ([Int], [Int]) = ([], [])
    for axis in 0..<axes {
      let reach = image[axis] + pads[axis] + pads[axis + axes] - ((block[axis] - 1) * dilations[axis] + 1)
      guard reach >= 0 else { throw NotRepresentable("the block does not fit") }
      output.append(reach / strides[axis] + 1)
      missing.append(reach % strides[axis])
    }
    var kernel = [Double](repeating: 0, count: taps * taps)
    for tap in 0..<taps { kernel[tap * taps + tap] = 1 }
    var convolution = ConvTranspose()
    (convolution.strides, convolution.dilations, convolution.pads, convolution.kernelShape) = (strides, dilations, pads, block)
    if missing.contains(where: { $0 != 0 }) { convolution.outputPadding = missing }
    let columns = try reshape(cast(x, to: work), [-1, taps] + output)
    let images = try emit(convolution, columns, numbers(kernel, [taps, 1] + block, work))
    let shape = try concat([size(x, axis: 0), vector([-1] + image)])
    return try cast(emit(Reshape(), images, shape), to: element)
  }
}
