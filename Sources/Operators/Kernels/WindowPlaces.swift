import CNumerics
import Diagnostics
import GraphIR
import Tensors

/// Where a sliding window reads, over any number of spatial axes: for the element types and ranks that have no loop of their own.
struct WindowPlaces: Sendable {
  var taps: Int
  var positions: Int
  /// By tap, then by position: an element of one channel, or -1 in the padding.
  var map: [Int]

  func place(_ tap: Int, _ position: Int) -> Int { map[tap * positions + position] }
}

extension Window {
  /// Where each of `output` positions reads from an image of `input` sizes.
  func places(on input: Shape, output: Shape, before: [Int]) throws(ModelError) -> WindowPlaces {
    guard let taps = kernel.elementCount, let positions = output.elementCount else {
      throw ModelError(.limitExceeded, "a window of \(kernel)")
    }
    try checkedCount(.int64, [taps, positions])
    let strides = input.strides
    var map = [Int](repeating: 0, count: taps * positions)
    for tap in 0..<taps {
      for position in 0..<positions {
        var (restTap, restPosition, place) = (tap, position, 0)
        for axis in input.indices.reversed() {
          let at = restPosition % output[axis] * self.strides[axis] - before[axis] + restTap % kernel[axis] * dilations[axis]
          place = place < 0 || at < 0 || at >= input[axis] ? -1 : place + at * strides[axis]
          restTap /= kernel[axis]
          restPosition /= output[axis]
        }
        map[tap * positions + position] = place
      }
    }
    return WindowPlaces(taps: taps, positions: positions, map: map)
  }
}

/// An element with a matrix product in C that adds to its target.
protocol ProductElement: ArithmeticElement {
  static var element: ElementType { get }
  /// `C[m,n] += A[m,k] · B[k,n]`.
  static func addProduct(
    _ m: Int, _ n: Int, _ k: Int, _ a: UnsafePointer<Self>, _ aRow: Int, _ aColumn: Int, _ b: UnsafePointer<Self>, _ bRow: Int,
    _ c: UnsafeMutablePointer<Self>, _ cRow: Int)
}

extension Double: ProductElement {
  static var element: ElementType { .float64 }
  static func addProduct(
    _ m: Int, _ n: Int, _ k: Int, _ a: UnsafePointer<Double>, _ aRow: Int, _ aColumn: Int, _ b: UnsafePointer<Double>, _ bRow: Int,
    _ c: UnsafeMutablePointer<Double>, _ cRow: Int
  ) { fn_gemm_add_f64(m, n, k, a, aRow, aColumn, b, bRow, c, cRow) }
}

extension Int32: ProductElement {
  static var element: ElementType { .int32 }
  static func addProduct(
    _ m: Int, _ n: Int, _ k: Int, _ a: UnsafePointer<Int32>, _ aRow: Int, _ aColumn: Int, _ b: UnsafePointer<Int32>, _ bRow: Int,
    _ c: UnsafeMutablePointer<Int32>, _ cRow: Int
  ) { fn_gemm_add_i32(m, n, k, a, aRow, aColumn, b, bRow, c, cRow) }
}

/// The convolution of `x` `[N, C, …]` with `weight` `[M, C/groups, …]`, by gathering columns; `T` is the element of both.
func convolveGathered<T: ProductElement>(
  _ x: Tensor, _ weight: Tensor, _ bias: [T]?, _ window: Window, groups: Int, _ type: T.Type
) throws(ModelError) -> Tensor {
  let input = Array(x.shape.dropFirst(2))
  let (output, before) = try window.placed(on: input)
  let places = try window.places(on: input, output: output, before: before)
  let shape = [x.shape[0], weight.shape[0]] + output
  try checkedCount(T.element, shape)
  let (channels, outputs, inArea) = (x.shape[1] / groups, weight.shape[0] / groups, input.reduce(1, *))
  let rows = channels * places.taps
  let step = max(16, min(places.positions, (1 << 20) / max(rows, 1)))
  try checkedCount(T.element, [rows, step])
  return try x.withElements(as: T.self) { (from) throws(ModelError) in
    try weight.withElements(as: T.self) { (weights) throws(ModelError) in
      try Tensor(T.element, shape, filling: T.self) { to in
        for index in 0..<to.count { to[index] = bias?[index / places.positions % weight.shape[0]] ?? T.nought }
        guard let target = to.baseAddress, let w = weights.baseAddress, let source = from.baseAddress, !to.isEmpty, rows > 0 else { return }
        let (x, kernel, y) = (SharedSource(address: source), SharedSource(address: w), SharedPointer(address: target))
        concurrently(shape[0] * groups, isLarge: Double(to.count) * Double(rows) > 1e6) { block in
          let columns = UnsafeMutablePointer<T>.allocate(capacity: rows * step)
          defer { columns.deallocate() }
          for start in stride(from: 0, to: places.positions, by: step) {
            let count = min(step, places.positions - start)
            gather(x.address + block * channels * inArea, inArea, channels, places, start, count, columns)
            T.addProduct(
              outputs, count, rows, kernel.address + block % groups * outputs * rows, rows, 1, columns, count,
              y.address + block * outputs * places.positions + start, places.positions)
          }
        }
      }
    }
  }
}

private func gather<T: ArithmeticElement>(
  _ x: UnsafePointer<T>, _ area: Int, _ channels: Int, _ places: WindowPlaces, _ start: Int, _ count: Int,
  _ columns: UnsafeMutablePointer<T>
) {
  var target = columns
  places.map.withUnsafeBufferPointer { map in
    for channel in 0..<channels {
      let source = x + channel * area
      for tap in 0..<places.taps {
        for index in 0..<count {
          let place = map[tap * places.positions + start + index]
          target[index] = place < 0 ? T.nought : source[place]
        }
        target += count
      }
    }
  }
}

/// The transposed convolution of `x` `[N, C, …]` with `weight` `[C, M/groups, …]` in 64-bit floats.
func convolveTransposedGathered(
  _ x: Tensor, _ weight: Tensor, _ bias: [Double]?, _ window: Window, output: Shape, groups: Int
) throws(ModelError) -> Tensor {
  let input = Array(x.shape.dropFirst(2))
  let places = try window.places(on: output, output: input, before: Array(window.pads.prefix(input.count)))
  let (channels, outputs, area) = (x.shape[1] / groups, weight.shape[1], output.reduce(1, *))
  let shape = [x.shape[0], outputs * groups] + output
  try checkedCount(.float64, shape)
  let rows = outputs * places.taps
  try checkedCount(.float64, [rows, places.positions])
  return try x.withElements(as: Double.self) { (from) throws(ModelError) in
    try weight.withElements(as: Double.self) { (weights) throws(ModelError) in
      try Tensor(.float64, shape, filling: Double.self) { to in
        for index in 0..<to.count { to[index] = bias?[index / area % (outputs * groups)] ?? 0 }
        guard let source = from.baseAddress, let kernel = weights.baseAddress, !from.isEmpty, !to.isEmpty, rows > 0 else { return }
        var columns = [Double](repeating: 0, count: rows * places.positions)
        for block in 0..<shape[0] * groups {
          columns.withUnsafeMutableBufferPointer { columns in
            guard let base = columns.baseAddress else { return }
            columns.update(repeating: 0)
            Double.addProduct(
              rows, places.positions, channels, kernel + block % groups * channels * rows, 1, rows, source + block * channels * places.positions,
              places.positions, base, places.positions)
            for index in 0..<columns.count {
              let place = places.map[index % places.map.count]
              if place >= 0 { to[(block * outputs + index / places.map.count) * area + place] += columns[index] }
            }
          }
        }
      }
    }
  }
}
