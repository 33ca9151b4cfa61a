import CNumerics
import Diagnostics
import GraphIR
import Tensors

/// Runs a kernel on operands in 32-bit floats, and gives its result the first operand's element type.
func inFloat32(
  _ operands: [Tensor?], _ run: ([Tensor?]) throws(ModelError) -> Tensor
) throws(ModelError) -> Tensor {
  guard let first = operands.first, let element = first?.element, element.isFloatingPoint else {
    throw ModelError(.unsupported, "no kernel for \(operands.first??.element.rawValue ?? "an absent operand")")
  }
  if element == .float32 { return try run(operands) }
  var wide: [Tensor?] = []
  for operand in operands { wide.append(try operand?.converted(to: .float32)) }
  return try run(wide).converted(to: element)
}

extension fn_conv {
  /// A window over up to three spatial axes, missing ones in front.
  init(_ window: Window, channels: Int, outputs: Int, input: Shape, output: Shape, before: [Int]) throws(ModelError) {
    let rank = input.count
    guard rank <= 3 else { throw ModelError(.unsupported, "a window over \(rank) spatial axes") }
    func three(_ values: [Int], _ fill: Int) -> (Int64, Int64, Int64) {
      let all = [Int](repeating: fill, count: 3 - rank) + values.prefix(rank)
      return (Int64(all[0]), Int64(all[1]), Int64(all[2]))
    }
    self.init(
      channels: Int64(channels), outputs: Int64(outputs), in: three(input, 1), kernel: three(window.kernel, 1),
      out: three(output, 1), stride: three(window.strides, 1), dilation: three(window.dilations, 1), before: three(before, 0))
  }
}

/// Asked for once: it is read from a file.
private let threadCount = Int32(clamping: WorkerThread.processorCount)

/// Runs `body` for 0 ..< `count`, on several threads when `isLarge`.
func concurrently(_ count: Int, isLarge: Bool, _ body: @Sendable (Int) -> Void) {
  guard isLarge, count > 1 else {
    for index in 0..<count { body(index) }
    return
  }
  withoutActuallyEscaping(body) { body in
    var shared = body
    withUnsafeMutablePointer(to: &shared) { place in
      fn_divide(
        threadCount, count, { context, index in context?.assumingMemoryBound(to: (@Sendable (Int) -> Void).self).pointee(index) }, place)
    }
  }
}

/// A place that several threads write different parts of.
struct SharedPointer<T>: @unchecked Sendable {
  var address: UnsafeMutablePointer<T>
}

/// A place that several threads read.
struct SharedSource<T>: @unchecked Sendable {
  var address: UnsafePointer<T>
}

func convolve(
  _ x: Tensor, _ weight: Tensor, _ bias: Tensor?, _ window: Window, groups: Int
) throws(ModelError) -> Tensor {
  let input = Array(x.shape.dropFirst(2))
  let (output, before) = try window.placed(on: input)
  let (channels, outputs) = (x.shape[1] / groups, weight.shape[0] / groups)
  let shape = [x.shape[0], weight.shape[0]] + output
  try checkedCount(.float32, shape)
  let conv = try fn_conv(window, channels: channels, outputs: outputs, input: input, output: output, before: before)
  let biases = try bias?.elements(as: Float.self) ?? [Float](repeating: 0, count: weight.shape[0])
  return try x.withElements(as: Float.self) { (from) throws(ModelError) in
    try weight.withElements(as: Float.self) { (weights) throws(ModelError) in
      try Tensor(.float32, shape, filling: Float.self) { to in
        guard let target = to.baseAddress, !to.isEmpty else { return }
        guard !from.isEmpty, !weights.isEmpty, let source = from.baseAddress, let w = weights.baseAddress else {
          let area = output.reduce(1, *)
          for index in 0..<to.count { target[index] = biases[index / area % biases.count] }
          return
        }
        run(conv, images: x.shape[0], groups: groups, SharedSource(address: source), SharedSource(address: w), biases, SharedPointer(address: target))
      }
    }
  }
}

/// Convolves every image and group, divided into pieces for the threads.
private func run(
  _ conv: fn_conv, images: Int, groups: Int, _ x: SharedSource<Float>, _ weight: SharedSource<Float>, _ bias: [Float],
  _ y: SharedPointer<Float>
) {
  let inArea = Int(conv.in.0 * conv.in.1 * conv.in.2)
  let outArea = Int(conv.out.0 * conv.out.1 * conv.out.2)
  let taps = Int(conv.kernel.0 * conv.kernel.1 * conv.kernel.2)
  let (channels, outputs) = (Int(conv.channels), Int(conv.outputs))
  let work = Double(images * groups * outputs) * Double(outArea) * Double(channels * taps)
  let isLarge = work > 2e6
  if channels == 1, outputs <= 4 {
    return runDepthwise(conv, images: images, groups: groups, x, weight, bias, y, isLarge: isLarge)
  }
  let scratch = fn_gemm_scratch()
  // The larger of the two axes of the product is cut in two: positions where there are enough, else output channels.
  let pieces = isLarge && images * groups == 1 ? 2 : 1
  let byPosition = outArea >= outputs
  concurrently(images * groups * pieces, isLarge: isLarge) { index in
    let (block, piece) = (index / pieces, index % pieces)
    let whole = byPosition ? outArea : outputs
    let unit = byPosition ? 16 : 6
    let half = pieces == 1 ? whole : min(whole, (whole / 2 + unit - 1) / unit * unit)
    let range = piece == 0 ? 0..<half : half..<whole
    let group = block % groups
    let buffer = UnsafeMutablePointer<Float>.allocate(capacity: scratch)
    defer { buffer.deallocate() }
    let (rows, columns) = byPosition ? (0..<outputs, range) : (range, 0..<outArea)
    withUnsafePointer(to: conv) { conv in
      bias.withUnsafeBufferPointer { bias in
        fn_conv_f32(
          conv, x.address + block * channels * inArea, weight.address + group * outputs * channels * taps,
          bias.baseAddress.map { $0 + group * outputs }, y.address + block * outputs * outArea,
          Int64(rows.lowerBound), Int64(rows.upperBound), Int64(columns.lowerBound), Int64(columns.upperBound), buffer)
      }
    }
  }
}

/// The same for few outputs of one channel each, where a matrix product would be mostly packing.
private func runDepthwise(
  _ conv: fn_conv, images: Int, groups: Int, _ x: SharedSource<Float>, _ weight: SharedSource<Float>, _ bias: [Float],
  _ y: SharedPointer<Float>, isLarge: Bool
) {
  let inArea = Int(conv.in.0 * conv.in.1 * conv.in.2)
  let outArea = Int(conv.out.0 * conv.out.1 * conv.out.2)
  let taps = Int(conv.kernel.0 * conv.kernel.1 * conv.kernel.2)
  let outputs = Int(conv.outputs)
  concurrently(images * groups * outputs, isLarge: isLarge) { index in
    let output = index % (groups * outputs)
    let source = x.address + (index / outputs) * inArea
    withUnsafePointer(to: conv) {
      fn_conv_depthwise_f32($0, source, weight.address + output * taps, bias[output], y.address + index * outArea)
    }
  }
}

func convolveTransposed(
  _ x: Tensor, _ weight: Tensor, _ bias: Tensor?, _ window: Window, output: Shape, groups: Int
) throws(ModelError) -> Tensor {
  let input = Array(x.shape.dropFirst(2))
  let (channels, outputs) = (x.shape[1] / groups, weight.shape[1])
  let shape = [x.shape[0], outputs * groups] + output
  try checkedCount(.float32, shape)
  let before = Array(window.pads.prefix(input.count))
  let conv = try fn_conv(window, channels: channels, outputs: outputs, input: input, output: output, before: before)
  let biases = try bias?.elements(as: Float.self) ?? [Float](repeating: 0, count: outputs * groups)
  let (inArea, outArea) = (input.reduce(1, *), output.reduce(1, *))
  let rows = outputs * window.kernel.reduce(1, *)
  try checkedCount(.float32, [rows, 256])
  return try x.withElements(as: Float.self) { (from) throws(ModelError) in
    try weight.withElements(as: Float.self) { (weights) throws(ModelError) in
      try Tensor(.float32, shape, filling: Float.self) { to in
        guard let target = to.baseAddress, !to.isEmpty else { return }
        for index in 0..<to.count { target[index] = biases[index / outArea % biases.count] }
        guard !from.isEmpty, !weights.isEmpty, let source = from.baseAddress, let w = weights.baseAddress else { return }
        let (x, kernel, y) = (SharedSource(address: source), SharedSource(address: w), SharedPointer(address: target))
        let isLarge = Double(from.count) * Double(rows) > 1e6
        concurrently(shape[0] * groups, isLarge: isLarge) { block in
          scatter(
            conv, x.address + block * channels * inArea, kernel.address + block % groups * channels * rows, rows: rows, positions: inArea,
            y.address + block * outputs * outArea)
        }
      }
    }
  }
}

/// One image and group: the product of weights and positions, added up where the kernel lands, some positions at a time.
private func scatter(
  _ conv: fn_conv, _ x: UnsafePointer<Float>, _ weight: UnsafePointer<Float>, rows: Int, positions: Int,
  _ y: UnsafeMutablePointer<Float>
) {
  let step = max(16, min(positions, (1 << 20) / max(rows, 1)))
  let scratch = UnsafeMutablePointer<Float>.allocate(capacity: fn_gemm_scratch())
  let columns = UnsafeMutablePointer<Float>.allocate(capacity: rows * step)
  defer {
    scratch.deallocate()
    columns.deallocate()
  }
  var start = 0
  while start < positions {
    let count = min(step, positions - start)
    fn_gemm_f32(rows, count, Int(conv.channels), weight, 1, rows, x + start, positions, 1, columns, count, scratch)
    withUnsafePointer(to: conv) { fn_col2im_f32($0, columns, Int64(start), Int64(count), y) }
    start += count
  }
}
