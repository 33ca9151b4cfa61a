import GraphIR
import Operators
import Tensors

/// Resizing whose sizes, scales or region are computed: along one axis after the other, positions and the neighbours that they lie between.
let computedResizeDecompositions: [Decomposition] = [
  Decomposition(Resize.self) { (op, context) throws(NotRepresentable) in [try context.resizedAtPositions(op)] }
]

/// One axis that is resized. Values are vectors of one 32-bit float, but for `count`.
private struct ResizedAxis {
  var axis: Int
  var size: ValueID
  var target: ValueID
  /// The target as an integer.
  var count: ValueID
  var scale: ValueID
  var region: (start: ValueID, end: ValueID)?
}

extension StepContext {
  fileprivate mutating func resizedAtPositions(_ op: Resize) throws(NotRepresentable) -> ValueID {
    let source = try required(0)
    let element = try knownElement(source)
    guard element.isFloatingPoint || op.mode == .nearest else { throw NotRepresentable("computes with integers") }
    let work: ElementType = element == .float64 ? .float64 : .float32
    var x = op.mode == .nearest ? source : try cast(source, to: work)
    let (from, to) = (try knownShape(source), shape(of: graph[node].results[0]))
    for axis in try resizedAxes(op, of: source) {
      let isSame = given(2) == nil && axis.region == nil && to.map { $0[axis.axis] == from[axis.axis] && $0[axis.axis] != .unknown } ?? false
      if isSame { continue }
      let places = try coordinates(op, axis)
      switch op.mode {
      case .nearest: x = try emit(Gather(axis: axis.axis), x, index(rounded(places, op.nearestMode), axis))
      case _ where op.antialias || op.excludeOutside && op.mode == .linear: x = try filtered(x, places, axis, op)
      case .linear: x = try linear(x, places, axis)
      case .cubic: x = try cubic(x, places, axis, op)
      }
      if axis.region != nil { x = try extrapolated(x, places, axis, op.extrapolationValue) }
    }
    return try cast(x, to: element)
  }

  /// An operand that is there and not empty, which is as good as absent.
  private func given(_ index: Int) -> ValueID? {
    guard let value = operand(index), constant(value)?.count != 0, shape(of: value)?.first?.number != 0 else { return nil }
    return value
  }

  private mutating func resizedAxes(_ op: Resize, of x: ValueID) throws(NotRepresentable) -> [ResizedAxis] {
    let rank = try knownShape(x).count
    var listed: [Int] = []
    for number in op.axes ?? Array(0..<rank) { listed.append(try axis(number, of: x)) }
    let (scales, sizes, isCrop) = (given(2), given(3), op.coordinateTransformationMode == .cropAndResize)
    guard !isCrop || sizes != nil else { throw NotRepresentable("a region is resized by scales") }
    var common: ValueID?
    if op.keepAspectRatioPolicy != .stretch, let sizes {
      common = try commonScale(sizes, listed, of: x, op.keepAspectRatioPolicy == .notLarger ? Min() : Max())
    }
    var result: [ResizedAxis] = []
    for (place, axis) in listed.enumerated() {
      let size = try cast(self.size(x, axis: axis), to: .float32)
      let (count, scale, target): (ValueID, ValueID, ValueID)
      if let common {
        (target, scale) = (try emit(Floor(), emit(Add(), emit(Mul(), size, common), float(0.5))), common)
        count = try cast(target, to: .int64)
      } else if let sizes {
        count = try cast(entry(sizes, place), to: .int64)
        target = try cast(count, to: .float32)
        scale = try emit(Div(), target, size)
      } else if let scales {
        scale = try cast(entry(scales, place), to: .float32)
        target = try emit(Floor(), emit(Mul(), size, scale))
        count = try cast(target, to: .int64)
      } else {
        throw NotRepresentable("neither scales nor sizes are given")
      }
      var region: (ValueID, ValueID)?
      if isCrop {
        guard let roi = given(1) else { throw NotRepresentable("the region is missing") }
        let bounds = try cast(roi, to: .float32)
        region = (try entry(bounds, place), try entry(bounds, place + listed.count))
      }
      result.append(ResizedAxis(axis: axis, size: size, target: target, count: count, scale: scale, region: region))
    }
    return result
  }

  private mutating func entry(_ value: ValueID, _ place: Int) throws(NotRepresentable) -> ValueID {
    try slice(value, axis: 0, from: place, to: place + 1)
  }

  /// The scale by which no size, or each, becomes larger than the wanted one.
  private mutating func commonScale(_ sizes: ValueID, _ axes: [Int], of x: ValueID, _ choice: any Operator) throws(NotRepresentable) -> ValueID {
    var scales: [ValueID] = []
    for (place, axis) in axes.enumerated() {
      let wanted = try cast(entry(sizes, place), to: .float32)
      scales.append(try emit(Div(), wanted, cast(size(x, axis: axis), to: .float32)))
    }
    return scales.count == 1 ? scales[0] : try emit(choice, scales, results: 1)[0]
  }

  private mutating func float(_ number: Double) throws(NotRepresentable) -> ValueID { try self.number(number, .float32) }

  /// Where in the operand each element along an axis comes from.
  private mutating func coordinates(_ op: Resize, _ axis: ResizedAxis) throws(NotRepresentable) -> ValueID {
    let counted = try emit(RangeOf(), constant(scalar: 0), scalar(axis.count), constant(scalar: 1))
    let place = try cast(counted, to: .float32)
    let (one, half) = (try float(1), try float(0.5))
    let (last, lastTarget) = (try emit(Sub(), axis.size, one), try emit(Sub(), axis.target, one))
    func halfPixel(_ context: inout StepContext) throws(NotRepresentable) -> ValueID {
      try context.emit(Sub(), context.emit(Div(), context.emit(Add(), place, half), axis.scale), half)
    }
    switch op.coordinateTransformationMode {
    case .asymmetric: return try emit(Div(), place, axis.scale)
    case .halfPixel: return try halfPixel(&self)
    case .halfPixelForNearest: return try emit(Div(), emit(Add(), place, half), axis.scale)
    // 0 where there is one element.
    case .pytorchHalfPixel: return try emit(Mul(), halfPixel(&self), emit(Min(), lastTarget, one))
    case .alignCorners:
      // By scales, the corner lies where the size would be that is not yet rounded down.
      let corner = given(3) == nil ? try emit(Sub(), emit(Mul(), axis.size, axis.scale), one) : lastTarget
      return try emit(Div(), emit(Mul(), place, last), emit(Max(), corner, one))
    case .halfPixelSymmetric:
      let adjustment = try emit(Div(), axis.target, emit(Mul(), axis.scale, axis.size))
      let offset = try emit(Mul(), emit(Mul(), axis.size, half), emit(Sub(), one, adjustment))
      return try emit(Add(), offset, halfPixel(&self))
    case .cropAndResize:
      guard let (start, end) = axis.region else { throw NotRepresentable("the region is missing") }
      let extent = try emit(Mul(), emit(Sub(), end, start), last)
      let within = try emit(Mul(), place, emit(Div(), extent, emit(Max(), lastTarget, one)))
      // The middle where there is one element.
      let middle = try emit(Mul(), emit(Mul(), extent, half), emit(Sub(), one, emit(Min(), lastTarget, one)))
      return try emit(Add(), emit(Mul(), start, last), emit(Add(), within, middle))
    }
  }

  private mutating func rounded(_ places: ValueID, _ mode: Resize.NearestMode) throws(NotRepresentable) -> ValueID {
    switch mode {
    case .floor: try emit(Floor(), places)
    case .ceil: try emit(Ceil(), places)
    case .roundPreferFloor: try emit(Ceil(), emit(Sub(), places, float(0.5)))
    case .roundPreferCeil: try emit(Floor(), emit(Add(), places, float(0.5)))
    }
  }

  private mutating func clamped(_ places: ValueID, _ axis: ResizedAxis) throws(NotRepresentable) -> ValueID {
    try emit(Max(), emit(Min(), places, emit(Sub(), axis.size, float(1))), float(0))
  }

  private mutating func index(_ places: ValueID, _ axis: ResizedAxis) throws(NotRepresentable) -> ValueID {
    try cast(clamped(places, axis), to: .int64)
  }

  /// One number for every place, shaped so that it meets the values along the axis.
  private mutating func along(_ numbers: ValueID, _ x: ValueID, _ axis: ResizedAxis) throws(NotRepresentable) -> ValueID {
    try unsqueeze(numbers, at: Array(1..<max(knownShape(x).count - axis.axis, 1)))
  }

  private mutating func linear(_ x: ValueID, _ places: ValueID, _ axis: ResizedAxis) throws(NotRepresentable) -> ValueID {
    let place = try clamped(places, axis)
    let low = try emit(Floor(), place)
    let high = try emit(Add(), low, float(1))
    let share = try along(cast(emit(Sub(), place, low), to: knownElement(x)), x, axis)
    let rest = try emit(Sub(), number(1, like: x), share)
    let before = try emit(Mul(), emit(Gather(axis: axis.axis), x, index(low, axis)), rest)
    return try emit(Add(), before, emit(Mul(), emit(Gather(axis: axis.axis), x, index(high, axis)), share))
  }

  /// Keys' cubic convolution: four neighbours, weighed by how far they are.
  private mutating func cubic(_ x: ValueID, _ places: ValueID, _ axis: ResizedAxis, _ op: Resize) throws(NotRepresentable) -> ValueID {
    let base = try emit(Floor(), places)
    let fraction = try emit(Sub(), places, base)
    let (near, far) = keys(Double(op.cubicCoeffA))
    var taps: [(weight: ValueID, value: ValueID)] = []
    for step in -1...2 {
      let neighbour = try emit(Add(), base, float(Double(step)))
      let distance = try emit(Abs(), emit(Sub(), fraction, float(Double(step))))
      var weight = try polynomial(step == 0 || step == 1 ? near : far, distance)
      if op.excludeOutside {
        let moved = try emit(Abs(), emit(Sub(), neighbour, clamped(neighbour, axis)))
        weight = try emit(Mul(), weight, emit(Sub(), float(1), emit(Min(), moved, float(1))))
      }
      taps.append((weight, try emit(Gather(axis: axis.axis), x, index(neighbour, axis))))
    }
    let total = op.excludeOutside ? try emit(Sum(), taps.map(\.weight), results: 1)[0] : nil
    var parts: [ValueID] = []
    for (weight, value) in taps {
      let share = try total.map { (total) throws(NotRepresentable) in try emit(Div(), weight, total) } ?? weight
      parts.append(try emit(Mul(), along(cast(share, to: knownElement(x)), x, axis), value))
    }
    return try emit(Sum(), parts, results: 1)[0]
  }

  /// Every element, weighed by how far it is from where the filter is centred, which is wider where the result is smaller.
  private mutating func filtered(_ x: ValueID, _ places: ValueID, _ axis: ResizedAxis, _ op: Resize) throws(NotRepresentable) -> ValueID {
    let one = try float(1)
    let stretch = op.antialias ? try emit(Max(), emit(Div(), one, axis.scale), one) : try float(1)
    let size = try cast(axis.size, to: .int64)
    var (first, end) = (try vector([0]), size)
    if !op.excludeOutside {
      // The border is repeated as far as the filter reaches.
      let radius = try emit(Ceil(), emit(Mul(), stretch, float(op.mode == .linear ? 1 : 2)))
      let reach = try cast(emit(Add(), radius, one), to: .int64)
      (first, end) = (try emit(Neg(), reach), try emit(Add(), size, reach))
    }
    let neighbours = try cast(emit(RangeOf(), scalar(first), scalar(end), constant(scalar: 1)), to: .float32)
    // What is centred elsewhere is extrapolated.
    let centre = try unsqueeze(axis.region == nil ? places : clamped(places, axis), at: [1])
    let distance = try emit(Abs(), emit(Div(), emit(Sub(), neighbours, centre), stretch))
    let weights: ValueID
    if op.mode == .linear {
      weights = try emit(Clip(), emit(Sub(), one, distance), float(0), one)
    } else {
      let (near, far) = keys(Double(op.cubicCoeffA))
      let inner = try polynomial(near, emit(Clip(), distance, float(0), one))
      weights = try emit(Add(), inner, polynomial(far, emit(Clip(), distance, one, float(2))))
    }
    let shares = try emit(Div(), weights, sum(weights, axes: [1], keepdims: true))
    let repeated = op.excludeOutside ? x : try emit(Gather(axis: axis.axis), x, index(neighbours, axis))
    return try multiplied(repeated, by: cast(shares, to: knownElement(x)), axis: axis.axis)
  }

  /// Keys' polynomials up to a distance of 1, and from there to 2; both are 0 at 1.
  private func keys(_ a: Double) -> (near: [Double], far: [Double]) { ([a + 2, -(a + 3), 0, 1], [a, -5 * a, 8 * a, -4 * a]) }

  /// By Horner's rule, the highest coefficient first.
  private mutating func polynomial(_ coefficients: [Double], _ x: ValueID) throws(NotRepresentable) -> ValueID {
    var sum = try float(coefficients[0])
    for coefficient in coefficients.dropFirst() { sum = try emit(Add(), emit(Mul(), sum, x), float(coefficient)) }
    return sum
  }

  /// Another value where a place lies outside the operand.
  private mutating func extrapolated(
    _ x: ValueID, _ places: ValueID, _ axis: ResizedAxis, _ value: Float
  ) throws(NotRepresentable) -> ValueID {
    let moved = try emit(Abs(), emit(Sub(), places, clamped(places, axis)))
    let isOutside = try along(emit(Greater(), moved, float(0)), x, axis)
    return try emit(Where(), isOutside, number(Double(value), like: x), x)
  }
}
