import Diagnostics
import GraphIR
import Tensors

/// Elements of one channel and their weights, which together make the value between pixels.
struct SampleTaps {
  fileprivate(set) var places: [Int] = []
  fileprivate(set) var weights: [Double] = []
  /// Those before the last axis was added, whose memory serves the next one.
  private var oldPlaces: [Int] = []
  private var oldWeights: [Double] = []

  init() {}

  fileprivate mutating func reset(_ first: Bool) {
    places.removeAll(keepingCapacity: true)
    weights.removeAll(keepingCapacity: true)
    guard first else { return }
    places.append(0)
    weights.append(1)
  }

  /// Combines every tap with up to four neighbouring positions of a further axis; `position` gives `nil` where nothing is.
  @inline(__always)
  fileprivate mutating func extend(_ size: Int, _ weights: SIMD4<Double>, count: Int, _ position: (Int) -> Int?) {
    swap(&places, &oldPlaces)
    swap(&self.weights, &oldWeights)
    reset(false)
    for index in oldPlaces.indices {
      for step in 0..<count {
        guard let at = position(step) else { continue }
        places.append(oldPlaces[index] * size + at)
        self.weights.append(oldWeights[index] * weights[step])
      }
    }
  }

  /// The weighted sum of the elements of the channel that begins at `start`.
  @inline(__always)
  func value(_ x: UnsafeBufferPointer<Double>, _ start: Int) -> Double {
    var sum = 0.0
    for index in places.indices { sum += x[start + places[index]] * weights[index] }
    return sum
  }
}

/// How values between pixels are made up.
public enum SampleMode: String, CaseIterable, Sendable { case linear, nearest, cubic }

/// What a position outside stands for.
public enum SamplePadding: String, CaseIterable, Sendable {
  case zeros
  /// The nearest one inside.
  case border
  /// The one mirrored at the border.
  case reflection
}

/// How values between pixels, and those outside, are made up. Source: PyTorch's `grid_sample`, which ONNX's GridSample follows.
struct SpatialSampling {
  var mode = SampleMode.linear
  var padding = SamplePadding.zeros
  /// Whether the outermost positions are the centres of the outermost pixels, not their edges.
  var alignCorners = true

  /// The taps for a point, whose coordinates are given per spatial axis in pixels. Replaces those in `taps`.
  func collect(_ point: [Double], _ sizes: Shape, into taps: inout SampleTaps) {
    taps.reset(true)
    for (axis, size) in sizes.enumerated() {
      let at = inside(mode == .nearest ? point[axis].rounded(.toNearestOrEven) : point[axis], size)
      // Far beyond any pixel, or not a number: nothing is there.
      guard at.magnitude < 1e15, size > 0 else {
        return taps.reset(false)
      }
      let first = Int(at.rounded(.down))
      switch mode {
      case .nearest: extend(&taps, size, first, SIMD4(1, 0, 0, 0), count: 1)
      case .linear: extend(&taps, size, first, SIMD4(1 - (at - Double(first)), at - Double(first), 0, 0), count: 2)
      case .cubic: extend(&taps, size, first - 1, Self.cubicWeights(at - Double(first)), count: 4)
      }
    }
  }

  /// A coordinate outside the borders moved inside, unless what is outside counts as zero.
  private func inside(_ at: Double, _ size: Int) -> Double {
    let (low, high) = alignCorners ? (0, Double(size - 1)) : (-0.5, Double(size) - 0.5)
    if at >= low && at <= high { return at }
    switch padding {
    case .zeros: return at
    case .border: return at.isNaN ? 0 : min(max(at, 0), Double(size - 1))
    case .reflection: return reflected(at, low, high)
    }
  }

  private func reflected(_ at: Double, _ low: Double, _ high: Double) -> Double {
    let range = high - low
    guard range > 0, at.isFinite else { return low }
    let distance = at < low ? low - at : at - high
    if distance < 0 { return at }
    let turns = (distance / range).rounded(.down)
    let rest = distance - turns * range
    let isEven = turns.truncatingRemainder(dividingBy: 2) == 0
    return at < low ? (isEven ? low + rest : high - rest) : (isEven ? high - rest : low + rest)
  }

  /// Combines the taps so far with neighbouring positions of a further axis.
  private func extend(_ taps: inout SampleTaps, _ size: Int, _ first: Int, _ weights: SIMD4<Double>, count: Int) {
    taps.extend(size, weights, count: count) { step in
      let at = first + step
      if at >= 0 && at < size { return at }
      switch padding {
      case .zeros: return nil
      case .border: return min(max(at, 0), size - 1)
      case .reflection:
        let (low, high) = alignCorners ? (0, Double(size - 1)) : (-0.5, Double(size) - 0.5)
        return min(max(Int(reflected(Double(at), low, high)), 0), size - 1)
      }
    }
  }

  /// Cubic convolution with a = -3/4, for the four pixels around a position `t` after the second.
  private static func cubicWeights(_ t: Double) -> SIMD4<Double> {
    let a = -0.75
    func outer(_ d: Double) -> Double { ((a * d - 5 * a) * d + 8 * a) * d - 4 * a }
    func inner(_ d: Double) -> Double { ((a + 2) * d - (a + 3)) * d * d + 1 }
    return SIMD4(outer(t + 1), inner(t), inner(1 - t), outer(2 - t))
  }
}
