import Diagnostics
import GraphIR
import Operators
import Tensors

extension LayerReading {
  /// Values for the axes from the outermost, under the keys of `w`, `h` and `d`; those of outer axes default to the inner ones'.
  private func keyed(_ keys: [Int], _ axes: Int, _ fallback: Int, atLeast low: Int) throws(ModelError) -> [Int] {
    var values: [Int] = []
    var last = fallback
    for key in keys.prefix(axes) {
      last = try size(key, last, atLeast: low)
      values.append(last)
    }
    return values.reversed()
  }

  func readWindow() throws(ModelError) -> ValueID? {
    if type == "Interp" { return try interp() }
    if type == "GridSample" { return try gridSample() }
    if type == "DeformableConv2D" { return try deformedConvolution() }
    let axes = type.hasSuffix("1D") ? 1 : type.hasSuffix("3D") ? 3 : 2
    let kind = axes == 2 ? type : String(type.dropLast(2))
    switch kind {
    case "Convolution", "ConvolutionDepthWise": return try convolution(axes)
    case "Deconvolution", "DeconvolutionDepthWise": return try deconvolution(axes)
    case "Pooling": return try pooling(axes)
    default: return nil
    }
  }

  /// `x` under a batch of 1. Throws `unsupported` unless it has channels and `axes` more.
  private func image(_ axes: Int) throws(ModelError) -> ValueID {
    let x = try input()
    guard try rank(x) == axes + 1 else { throw ModelError(.unsupported, "a \(type) over a Mat of \(try rank(x)) axes") }
    return try unsqueezed(x)
  }

  /// The pads: begins, then ends, which default to the begins.
  private func pads(_ begins: [Int], _ ends: [Int], _ axes: Int) throws(ModelError) -> [Int] {
    let before = try keyed(begins, axes, 0, atLeast: 0)
    var after: [Int] = []
    for (key, fallback) in zip(ends.prefix(axes), before.reversed()) { after.append(try size(key, fallback, atLeast: 0)) }
    return before + after.reversed()
  }

  private func convolution(_ axes: Int) throws(ModelError) -> ValueID {
    let kernel = try keyed([1, 11, 21], axes, 0, atLeast: 1)
    let (outputs, count, group) = (try size(0), try size(6), try size(7, 1))
    let taps = try product(kernel + [outputs])
    guard count % taps == 0, outputs % group == 0 else { throw ModelError(.malformed, "\(count) weights for \(outputs) outputs and \(kernel)") }
    let weight = try network.weights.tagged([outputs, count / taps] + kernel)
    let bias = try int(5) == 1 ? network.constant(network.weights.plain([outputs])) : nil
    let (x, weights) = try quantized(input(), weight, scaleTerm: int(8), outputs: outputs)
    var op = Conv()
    op.group = group
    op.dilations = try keyed([2, 12, 22], axes, 1, atLeast: 1)
    op.strides = try keyed([3, 13, 23], axes, 1, atLeast: 1)
    switch try int(4) {
    case -233: op.autoPad = .sameUpper
    case -234: op.autoPad = .sameLower
    default: op.pads = try pads([4, 14, 24], [15, 16, 17], axes)
    }
    guard try rank(x) == axes + 1 else { throw ModelError(.unsupported, "a \(type) over a Mat of \(try rank(x)) axes") }
    return try activated(squeezed(one(op, [try unsqueezed(x), weights, bias])))
  }

  private func deformedConvolution() throws(ModelError) -> ValueID {
    let x = try image(2)
    let kernel = try keyed([1, 11], 2, 0, atLeast: 1)
    let (outputs, count) = (try size(0), try size(6))
    let taps = try product(kernel + [outputs])
    guard count % taps == 0, (2...3).contains(inputs.count) else { throw ModelError(.malformed, "\(count) weights for \(outputs) outputs and \(kernel)") }
    let weight = network.constant(try network.weights.tagged([outputs, count / taps] + kernel))
    let bias = try int(5) == 1 ? network.constant(network.weights.plain([outputs])) : nil
    var op = DeformConv()
    op.convolution.dilations = try keyed([2, 12], 2, 1, atLeast: 1)
    op.convolution.strides = try keyed([3, 13], 2, 1, atLeast: 1)
    op.convolution.pads = try pads([4, 14], [15, 16], 2)
    var shifts: [ValueID] = []
    for index in 1..<inputs.count { shifts.append(try unsqueezed(input(index))) }
    let result = try one(op, [x, weight, shifts[0], bias, shifts.count > 1 ? shifts[1] : nil])
    return try activated(squeezed(result))
  }

  private func product(_ values: [Int]) throws(ModelError) -> Int {
    var result = 1
    for value in values {
      let (next, overflow) = result.multipliedReportingOverflow(by: value)
      guard !overflow else { throw ModelError(.malformed, "sizes \(values)") }
      result = next
    }
    return result
  }

  private func deconvolution(_ axes: Int) throws(ModelError) -> ValueID {
    let x = try image(axes)
    let kernel = try keyed([1, 11, 21], axes, 0, atLeast: 1)
    let (outputs, count, group) = (try size(0), try size(6), try size(7, 1))
    let taps = try product(kernel)
    guard outputs % group == 0, count % taps == 0, count / taps % (outputs / group) == 0 else { throw ModelError(.malformed, "\(count) weights for \(outputs) outputs") }
    let inputs = count / taps / (outputs / group)
    guard inputs % group == 0 else { throw ModelError(.malformed, "\(inputs) inputs in \(group) groups") }
    let stored = network.constant(try network.weights.tagged([group, outputs / group, inputs / group, taps]))
    let swapped = try one(Transpose(perm: [0, 2, 1, 3]), [stored])
    let weight = try one(Reshape(), [swapped, network.integers([inputs, outputs / group] + kernel)])
    let bias = try int(5) == 1 ? network.constant(network.weights.plain([outputs])) : nil
    var op = ConvTranspose()
    op.group = group
    op.dilations = try keyed([2, 12, 22], axes, 1, atLeast: 1)
    op.strides = try keyed([3, 13, 23], axes, 1, atLeast: 1)
    op.pads = try pads([4, 14, 24], [15, 16, 17], axes)
    op.outputPadding = try keyed([18, 19, 20], axes, 0, atLeast: 0)
    return try activated(squeezed(one(op, [x, weight, bias])))
  }

  private func pooling(_ axes: Int) throws(ModelError) -> ValueID {
    let isMax = try int(0) == 0
    if try int(4) == 1 {
      guard try rank(input()) == axes + 1 else { throw ModelError(.unsupported, "a pool over a Mat of another number of axes") }
      let all = try network.integers(Array(1...axes))
      if isMax {
        var op = ReduceMax()
        op.keepdims = false
        return try one(op, [try input(), all])
      }
      var op = ReduceMean()
      op.keepdims = false
      return try one(op, [try input(), all])
    }
    let kernel = try keyed([1, 11, 21], axes, 0, atLeast: 1)
    let strides = try keyed([2, 12, 22], axes, 1, atLeast: 1)
    let pads = try pads([3, 13, 23], [14, 15, 16], axes)
    let mode = try int(5)
    guard (0...(isMax ? 3 : 1)).contains(mode), try int(7) == 0 else { throw ModelError(.unsupported, "a pool of mode \(mode)") }
    let x = try image(axes)
    if isMax {
      var op = MaxPool()
      (op.kernelShape, op.strides, op.ceilMode) = (kernel, strides, mode == 0)
      if mode < 2 { op.pads = pads } else { op.autoPad = mode == 2 ? .sameUpper : .sameLower }
      return try squeezed(network.add(op, [x], count: 1)[0])
    }
    var op = AveragePool()
    (op.kernelShape, op.strides, op.pads, op.ceilMode) = (kernel, strides, pads, mode == 0)
    op.countIncludePad = try int(6) == 1
    return try squeezed(one(op, [x]))
  }

  private func interp() throws(ModelError) -> ValueID {
    let rank = try rank(input())
    guard rank == 2 || rank == 3 else { throw ModelError(.unsupported, "an Interp of a Mat of \(rank) axes") }
    var op = Resize()
    let modes: [Resize.Mode] = [.nearest, .linear, .cubic]
    let kind = try int(0)
    guard (1...3).contains(kind) else { throw ModelError(.malformed, "an Interp of type \(kind)") }
    op.mode = modes[kind - 1]
    op.nearestMode = .floor
    op.coordinateTransformationMode = kind == 1 ? .asymmetric : try int(6) == 1 ? .alignCorners : .halfPixel
    op.axes = Array(2...rank)
    let keys = rank == 3 ? [(3, 1), (4, 2)] : [(4, 2)]
    let x = try unsqueezed(input())
    if try int(4) > 0, try int(3) > 0 {
      var sizes: [Int] = []
      for key in keys { sizes.append(try size(key.0)) }
      return try squeezed(one(op, [x, nil, nil, network.integers(sizes)]))
    }
    var scales: [Float] = []
    for key in keys { scales.append(try float(key.1, 1)) }
    guard scales.allSatisfy({ $0 > 0 }) else { throw ModelError(.malformed, "scales \(scales)") }
    return try squeezed(one(op, [x, nil, network.constant(Tensor(.float32, [scales.count], elements: scales))]))
  }

  private func gridSample() throws(ModelError) -> ValueID {
    let (x, grid) = (try input(), try input(1))
    let (mode, padding) = (try int(0, 1), try int(1, 1))
    guard try rank(x) == 3, try rank(grid) == 3, (1...3).contains(mode), (1...3).contains(padding), (0...1).contains(try int(3)) else {
      throw ModelError(.unsupported, "a GridSample of another form")
    }
    var op = GridSample()
    op.mode = mode == 1 ? .linear : mode == 2 ? .nearest : .cubic
    op.paddingMode = padding == 1 ? .zeros : padding == 2 ? .border : .reflection
    op.alignCorners = try int(2) == 1
    let pairs = try int(3) == 1 ? one(Transpose(perm: [1, 2, 0]), [grid]) : grid
    return try squeezed(one(op, [try unsqueezed(x), try unsqueezed(pairs)]))
  }
}
