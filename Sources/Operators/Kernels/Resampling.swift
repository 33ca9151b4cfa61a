import CNumerics
import Diagnostics
import GraphIR
import Tensors

/// How one axis is resampled: for each position of the result, positions of the source and their weights.
struct AxisSampling {
  var outputSize: Int
  var taps: Int
  var positions: [Int64]
  var weights: [Float]
  /// Positions of the result that lie outside the source and take the extrapolation value.
  var outside: [Bool]
}

extension Resize: Evaluable {
  public func evaluate(_ operands: Operands<Operand, Tensor>) throws(ModelError) -> [Tensor] {
    let x = try operands.one(.x)
    let (sizes, scales) = try targets(x, operands)
    let regions = try self.regions(operands[.roi], rank: x.rank)
    var data = mode == .nearest ? x : try x.converted(to: x.element == .float64 ? .float64 : .float32)
    var shape = x.shape
    var outside: [(axis: Int, flags: [Bool])] = []
    for axis in x.shape.indices {
      let isCropped = coordinateTransformationMode == .cropAndResize && regions[axis] != (0, 1)
      if sizes[axis] == x.shape[axis], scales[axis] == 1, !isCropped { continue }
      shape[axis] = sizes[axis]
      try checkedCount(.float32, shape)
      guard x.shape[axis] > 0 || sizes[axis] == 0 else { throw ModelError(.invalidGraph, "axis \(axis) has no elements") }
      let sampling = try sampling(input: x.shape[axis], output: sizes[axis], scale: scales[axis], region: regions[axis])
      if sampling.outside.contains(true) { outside.append((axis, sampling.outside)) }
      data = try resampled(data, axis, sampling)
    }
    data = try data.converted(to: x.element)
    for (axis, flags) in outside { data = try filled(data, axis, flags) }
    return [data]
  }

  /// Size of the result and scale of every axis.
  private func targets(_ x: Tensor, _ operands: Operands<Operand, Tensor>) throws(ModelError) -> ([Int], [Double]) {
    let axes = try resolvedAxes(rank: x.rank)
    var (sizes, scales) = (x.shape, [Double](repeating: 1, count: x.rank))
    if let listed = operands[.sizes], listed.count > 0 {
      for (axis, size) in zip(axes, try adjustedSizes(listed.integers(), x.shape, axes)) {
        scales[axis] = Double(size) / Double(x.shape[axis])
        sizes[axis] = size
      }
      if keepAspectRatioPolicy != .stretch {
        let ratios = zip(axes, try listed.integers()).map { Double($1) / Double(x.shape[$0]) }
        if let common = keepAspectRatioPolicy == .notLarger ? ratios.min() : ratios.max() { for axis in axes { scales[axis] = common } }
      }
      return (sizes, scales)
    }
    guard let factors = try operands[.scales]?.floats(), factors.count == axes.count else {
      throw ModelError(.invalidGraph, "neither scales nor sizes for every axis")
    }
    for (axis, factor) in zip(axes, factors) {
      guard factor > 0, let size = Int(exactly: (Float(x.shape[axis]) * factor).rounded(.down)), size < 1 << 40 else {
        throw ModelError(.invalidGraph, "a scale of \(factor)")
      }
      (sizes[axis], scales[axis]) = (size, Double(factor))
    }
    return (sizes, scales)
  }

  private func regions(_ roi: Tensor?, rank: Int) throws(ModelError) -> [(Double, Double)] {
    var regions = [(Double, Double)](repeating: (0, 1), count: rank)
    guard coordinateTransformationMode == .cropAndResize, let roi, roi.count > 0 else { return regions }
    let axes = try resolvedAxes(rank: rank)
    let bounds = try roi.doubles()
    guard bounds.count == 2 * axes.count else { throw ModelError(.typeMismatch, "\(bounds.count) bounds for \(axes.count) axes") }
    for (index, axis) in axes.enumerated() { regions[axis] = (bounds[index], bounds[index + axes.count]) }
    return regions
  }

  /// The position in the source that position `at` of the result comes from. `output` is the size before it was rounded.
  private func source(_ at: Double, _ input: Double, _ output: Double, _ scale: Double, _ region: (Double, Double)) -> Double {
    switch coordinateTransformationMode {
    case .halfPixel: return (at + 0.5) / scale - 0.5
    case .halfPixelSymmetric:
      let adjustment = output / (scale * input)
      return input / 2 * (1 - adjustment) + (at + 0.5) / scale - 0.5
    case .pytorchHalfPixel: return output > 1 ? (at + 0.5) / scale - 0.5 : 0
    case .alignCorners: return output > 1 ? at * (input - 1) / (output - 1) : 0
    case .asymmetric: return at / scale
    case .halfPixelForNearest: return (at + 0.5) / scale
    case .cropAndResize:
      let (start, end) = region
      return output > 1 ? start * (input - 1) + at * (end - start) * (input - 1) / (output - 1) : 0.5 * (start + end) * (input - 1)
    }
  }

  private func sampling(input: Int, output: Int, scale: Double, region: (Double, Double)) throws(ModelError) -> AxisSampling {
    let stretch = antialias && mode != .nearest ? max(1, 1 / scale) : 1
    let radius = mode == .nearest ? 0 : mode == .linear ? stretch : 2 * stretch
    guard radius < 1_048_576 else { throw ModelError(.limitExceeded, "an antialiasing filter of \(radius) positions") }
    let taps = mode == .nearest ? 1 : 2 * Int(radius.rounded(.up)) + (stretch > 1 ? 1 : 0)
    try checkedCount(.int64, [output, taps])
    var result = AxisSampling(outputSize: output, taps: taps, positions: [], weights: [], outside: [])
    let fractional = scale * Double(input)
    let isRounded = coordinateTransformationMode != .halfPixelSymmetric && abs(fractional - Double(output)) < 1e-6
    let exact = isRounded || coordinateTransformationMode == .halfPixelSymmetric ? Double(output) : fractional
    for index in 0..<output {
      let at = source(Double(index), Double(input), exact, scale, region)
      result.outside.append(coordinateTransformationMode == .cropAndResize && (at < 0 || at > Double(input - 1)))
      guard at.isFinite, abs(at) < 1e15 else { throw ModelError(.invalidGraph, "a position that is not finite") }
      if mode == .nearest {
        result.positions.append(Int64(min(max(nearest(at), 0), input - 1)))
        result.weights.append(1)
      } else {
        append(to: &result, at, input, stretch, taps)
      }
    }
    return result
  }

  private func nearest(_ at: Double) -> Int {
    switch nearestMode {
    case .floor: Int(at.rounded(.down))
    case .ceil: Int(at.rounded(.up))
    case .roundPreferFloor: Int((at - 0.5).rounded(.up))
    case .roundPreferCeil: Int((at + 0.5).rounded(.down))
    }
  }

  /// Adds the taps of one position of the result; they repeat the border, or are left out when `exclude_outside` is set.
  private func append(to sampling: inout AxisSampling, _ at: Double, _ input: Int, _ stretch: Double, _ taps: Int) {
    let first = stretch > 1 ? Int((at - Double(taps / 2)).rounded(.down)) + (taps % 2 == 0 ? 1 : 0) : Int(at.rounded(.down)) - taps / 2 + 1
    var weights: [Double] = []
    for tap in 0..<taps {
      let place = first + tap
      let isOutside = place < 0 || place >= input
      weights.append(isOutside && excludeOutside ? 0 : weight((Double(place) - at) / stretch))
      sampling.positions.append(Int64(min(max(place, 0), input - 1)))
    }
    let sum = weights.reduce(0, +)
    let isScaled = (stretch > 1 || excludeOutside) && sum != 0
    sampling.weights += weights.map { Float(isScaled ? $0 / sum : $0) }
  }

  /// The filter at a distance.
  private func weight(_ distance: Double) -> Double {
    let d = abs(distance)
    guard mode == .cubic else { return max(0, 1 - d) }
    let a = Double(cubicCoeffA)
    if d <= 1 { return ((a + 2) * d - (a + 3)) * d * d + 1 }
    return d < 2 ? ((a * d - 5 * a) * d + 8 * a) * d - 4 * a : 0
  }

  private func resampled(_ data: Tensor, _ axis: Int, _ sampling: AxisSampling) throws(ModelError) -> Tensor {
    if mode == .nearest { return try data.taking(sampling.positions.map(Int.init), axis: axis) }
    var shape = data.shape
    shape[axis] = sampling.outputSize
    let outer = shape[..<axis].reduce(1, *)
    let inner = shape[(axis + 1)...].reduce(1, *)
    let length = data.shape[axis]
    if data.element == .float64 {
      let x = try data.elements(as: Double.self)
      var y = [Double](repeating: 0, count: outer * sampling.outputSize * inner)
      for index in y.indices {
        let (block, place, column) = (index / inner / sampling.outputSize, index / inner % sampling.outputSize, index % inner)
        for tap in place * sampling.taps..<(place + 1) * sampling.taps {
          y[index] += Double(sampling.weights[tap]) * x[(block * length + Int(sampling.positions[tap])) * inner + column]
        }
      }
      return try Tensor(.float64, shape, elements: y)
    }
    return try data.withElements(as: Float.self) { (from) throws(ModelError) in
      try Tensor(.float32, shape, filling: Float.self) { to in
        guard !to.isEmpty, let source = from.baseAddress, let target = to.baseAddress else { return }
        fn_resample_f32(source, target, outer, length, inner, sampling.outputSize, sampling.taps, sampling.positions, sampling.weights)
      }
    }
  }

  /// `data` with the extrapolation value at the positions of an axis that are outside.
  private func filled(_ data: Tensor, _ axis: Int, _ flags: [Bool]) throws(ModelError) -> Tensor {
    let shape = data.shape.indices.map { $0 == axis ? flags.count : 1 }
    let mask = try Tensor(.bool, shape, elements: flags.map { $0 ? UInt8(1) : 0 }).expanded(to: data.shape)
    let value = try Tensor.scalar(extrapolationValue).converted(to: data.element).expanded(to: data.shape)
    return try select(mask, value, data)
  }
}
