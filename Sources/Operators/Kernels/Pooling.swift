import CNumerics
import Diagnostics
import GraphIR
import Tensors

func averagePool(_ x: Tensor, _ window: Window, countingPads: Bool) throws(ModelError) -> Tensor {
  guard x.rank >= 3 else { throw ModelError(.typeMismatch, "x has rank \(x.rank)") }
  let input = Array(x.shape.dropFirst(2))
  let (output, before) = try window.placed(on: input)
  let conv = try fn_conv(window, channels: 1, outputs: 1, input: input, output: output, before: before)
  let shape = Array(x.shape[..<2]) + output
  try checkedCount(.float32, shape)
  let after = window.trailing(input, output, before)
  let ends = ([Int](repeating: 0, count: 3 - input.count) + after).map(Int64.init)
  let (inArea, outArea) = (input.reduce(1, *), output.reduce(1, *))
  return try x.withElements(as: Float.self) { (from) throws(ModelError) in
    try Tensor(.float32, shape, filling: Float.self) { to in
      guard let source = from.baseAddress, let target = to.baseAddress, !to.isEmpty, !from.isEmpty else { return }
      let (x, y) = (SharedSource(address: source), SharedPointer(address: target))
      concurrently(shape[0] * shape[1], isLarge: to.count > 1 << 17) { channel in
        withUnsafePointer(to: conv) {
          fn_pool_average_f32($0, x.address + channel * inArea, y.address + channel * outArea, ends, countingPads ? 1 : 0)
        }
      }
    }
  }
}

/// The values, and where in all of `x` each is.
func maxPool(_ x: Tensor, _ window: Window, columnMajor: Bool) throws(ModelError) -> (values: Tensor, indices: Tensor) {
  guard x.rank >= 3 else { throw ModelError(.typeMismatch, "x has rank \(x.rank)") }
  let input = Array(x.shape.dropFirst(2))
  let (output, before) = try window.placed(on: input)
  let conv = try fn_conv(window, channels: 1, outputs: 1, input: input, output: output, before: before)
  let shape = Array(x.shape[..<2]) + output
  let count = try checkedCount(.int64, shape)
  let (inArea, outArea) = (input.reduce(1, *), output.reduce(1, *))
  var places = [Int64](repeating: 0, count: count)
  let values = try x.withElements(as: Float.self) { (from) throws(ModelError) in
    try Tensor(.float32, shape, filling: Float.self) { to in
      guard let source = from.baseAddress, let target = to.baseAddress, !to.isEmpty, !from.isEmpty else { return }
      places.withUnsafeMutableBufferPointer { places in
        guard let place = places.baseAddress else { return }
        let (x, y, index) = (SharedSource(address: source), SharedPointer(address: target), SharedPointer(address: place))
        concurrently(shape[0] * shape[1], isLarge: to.count > 1 << 17) { channel in
          withUnsafePointer(to: conv) {
            fn_pool_max_f32($0, x.address + channel * inArea, y.address + channel * outArea, index.address + channel * outArea)
          }
        }
      }
    }
  }
  for index in places.indices where inArea > 0 {
    let within = columnMajor ? Int64(transposedPosition(Int(places[index]), input)) : places[index]
    places[index] = within + Int64(index / max(outArea, 1) * inArea)
  }
  return (values, try Tensor(.int64, shape, elements: places))
}

extension Window {
  /// The padding that counts after each axis. Under SAME padding, it is what lies beyond the input up to the last window.
  fileprivate func trailing(_ input: Shape, _ output: Shape, _ before: [Int]) -> [Int] {
    input.indices.map { axis -> Int in
      if autoPad == .notSet { return pads[axis + input.count] }
      return max(0, (output[axis] - 1) * strides[axis] + extent(axis) - input[axis] - before[axis])
    }
  }
}

/// The sum of each window in 64-bit floats, over any number of spatial axes.
func sumPoolGathered(_ x: Tensor, _ window: Window) throws(ModelError) -> Tensor {
  guard x.rank >= 3 else { throw ModelError(.typeMismatch, "x has rank \(x.rank)") }
  let input = Array(x.shape.dropFirst(2))
  let (output, before) = try window.placed(on: input)
  let places = try window.places(on: input, output: output, before: before)
  let (shape, area) = (Array(x.shape[..<2]) + output, input.reduce(1, *))
  try checkedCount(.float64, shape)
  return try x.withElements(as: Double.self) { (from) throws(ModelError) in
    try Tensor(.float64, shape, filling: Double.self) { to in
      for index in 0..<to.count {
        let (channel, position) = (index / places.positions, index % places.positions)
        var sum = 0.0
        for tap in 0..<places.taps {
          let place = places.place(tap, position)
          if place >= 0 { sum += from[channel * area + place] }
        }
        to[index] = sum
      }
    }
  }
}

/// `averagePool` in 64-bit floats, over any number of spatial axes.
func averagePoolGathered(_ x: Tensor, _ window: Window, countingPads: Bool) throws(ModelError) -> Tensor {
  let sums = try sumPoolGathered(x, window)
  let input = Array(x.shape.dropFirst(2))
  let (output, before) = try window.placed(on: input)
  let after = window.trailing(input, output, before)
  let counted = countingPads ? input.indices.map { before[$0] + input[$0] + after[$0] } : input
  let places = try window.places(on: counted, output: output, before: countingPads ? before.map { _ in 0 } : before)
  let counts = (0..<places.positions).map { position in Double((0..<places.taps).count { places.place($0, position) >= 0 }) }
  return try calculate(.divide, sums, Tensor(.float64, output, elements: counts))
}

/// `maxPool` in 64-bit floats, over any number of spatial axes.
func maxPoolGathered(_ x: Tensor, _ window: Window, columnMajor: Bool) throws(ModelError) -> (values: Tensor, indices: Tensor) {
  guard x.rank >= 3 else { throw ModelError(.typeMismatch, "x has rank \(x.rank)") }
  let input = Array(x.shape.dropFirst(2))
  let (output, before) = try window.placed(on: input)
  let places = try window.places(on: input, output: output, before: before)
  let (shape, area) = (Array(x.shape[..<2]) + output, input.reduce(1, *))
  var found = [Int](repeating: 0, count: try checkedCount(.float64, shape))
  let values = try x.withElements(as: Double.self) { (from) throws(ModelError) in
    try Tensor(.float64, shape, filling: Double.self) { to in
      for index in 0..<to.count {
        let (channel, position) = (index / places.positions, index % places.positions)
        var (best, at) = (-Double.infinity, -1)
        for tap in 0..<places.taps {
          let place = places.place(tap, position)
          guard place >= 0 else { continue }
          let value = from[channel * area + place]
          if at < 0 || value > best || (value.isNaN && !best.isNaN) { (best, at) = (value, place) }
        }
        to[index] = best
        found[index] = channel * area + (columnMajor ? transposedPosition(at, input) : max(at, 0))
      }
    }
  }
  return (values, try Tensor.integers(found).reshaped(to: shape))
}

/// A row-major position among `shape`, counted column by column.
private func transposedPosition(_ position: Int, _ shape: Shape) -> Int {
  var rest = max(position, 0)
  var place = [Int](repeating: 0, count: shape.count)
  for axis in shape.indices.reversed() {
    place[axis] = rest % shape[axis]
    rest /= shape[axis]
  }
  var result = 0
  for axis in shape.indices.reversed() { result = result * shape[axis] + place[axis] }
  return result
}

/// `x · factor + shift` per channel, the second axis.
func scaledChannels(_ x: Tensor, _ factors: [Double], _ shifts: [Double]) throws(ModelError) -> Tensor {
  let columns = x.shape.dropFirst(2).reduce(1, *)
  let (channels, rows) = (factors.count, x.shape.prefix(2).reduce(1, *))
  if x.element == .float64 {
    let source = try x.elements(as: Double.self)
    let scaled = source.indices.map { index in
      let channel = index / columns % channels
      return source[index] * factors[channel] + shifts[channel]
    }
    return try Tensor(.float64, x.shape, elements: scaled)
  }
  let (f, s) = (factors.map { Float($0) }, shifts.map { Float($0) })
  return try inFloat32([x]) { (t) throws(ModelError) in
    try (t[0] ?? x).withElements(as: Float.self) { (from) throws(ModelError) in
      try Tensor(.float32, x.shape, filling: Float.self) { to in
        guard let source = from.baseAddress, let target = to.baseAddress, !from.isEmpty else { return }
        // Without a channel axis all elements are one channel.
        let (r, c) = x.rank < 2 ? (1, from.count) : (rows, columns)
        fn_scale_rows_f32(source, target, r, c, channels, f, s)
      }
    }
  }
}
