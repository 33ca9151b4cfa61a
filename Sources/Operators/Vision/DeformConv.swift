import Diagnostics
import GraphIR
import Tensors

/// A convolution whose kernel's positions are shifted: by `offset` `[N, offset_group·taps·axes, output…]`, in pixels, for each
/// position of the result; values between pixels are interpolated, those outside are zero. `mask` `[N, offset_group·taps, output…]`
/// weighs the taps.
public struct DeformConv: Evaluable {
  public enum Operand: Int, OperandSlot {
    case x, weight, offset, bias, mask
    public var arity: Arity { rawValue < 3 ? .one : .optional }
  }
  public static let name = "DeformConv"
  public static let since = 22
  public static let attributes: [AttributeSpec<Self>] = [
    .ints("dilations", \.convolution.dilations), .int("group", \.convolution.group), .ints("kernel_shape", \.convolution.kernelShape),
    .int("offset_group", \.offsetGroup), .ints("pads", \.convolution.pads), .ints("strides", \.convolution.strides),
  ]
  /// The convolution that this would be without offsets.
  public var convolution = Conv()
  /// Groups of input channels that share their offsets.
  public var offsetGroup = 1
  public init() {}

  public func infer(_ operands: Operands<Operand, Fact>) throws(ModelError) -> [Fact] {
    try convolution.infer(Operands([operands.one(.x), operands.one(.weight), operands[.bias]]))
  }

  public func evaluate(_ operands: Operands<Operand, Tensor>) throws(ModelError) -> [Tensor] {
    let (x, weight, offset) = try (operands.one(.x), operands.one(.weight), operands.one(.offset))
    try convolution.check(x, weight, operands[.bias])
    let window = try convolution.window(weight: weight.shape)
    let input = Array(x.shape.dropFirst(2))
    let (output, before) = try window.placed(on: input)
    guard let taps = window.kernel.elementCount, let positions = output.elementCount, offsetGroup > 0, offsetGroup <= max(x.shape[1], 1), x.shape[1] % offsetGroup == 0,
      offset.shape == [x.shape[0], offsetGroup * taps * input.count] + output,
      operands[.mask].map({ $0.shape == [x.shape[0], offsetGroup * taps] + output }) ?? true
    else { throw ModelError(.typeMismatch, "offsets of \(offset.shape) for an output of \(output)") }
    let rows = x.shape[1] * taps
    try checkedCount(.float64, [rows, positions])
    let shape = [x.shape[0], weight.shape[0]] + output
    let sampler = DeformedWindow(
      window: window, input: input, output: output, before: before, channels: x.shape[1], groups: offsetGroup,
      offsets: try offset.doubles(), mask: try operands[.mask]?.doubles())
    let kernel = try weight.doubles()
    let bias = try operands[.bias]?.doubles()
    let (group, outputs) = (convolution.group, weight.shape[0] / convolution.group)
    let result = try x.converted(to: .float64).withElements(as: Double.self) { (from) throws(ModelError) in
      try Tensor(.float64, shape, filling: Double.self) { to in
        for index in 0..<to.count { to[index] = bias?[index / max(positions, 1) % weight.shape[0]] ?? 0 }
        guard !to.isEmpty, rows > 0 else { return }
        for image in 0..<shape[0] {
          let columns = sampler.columns(of: image, from)
          for index in 0..<group {
            columns.withUnsafeBufferPointer { columns in
              kernel.withUnsafeBufferPointer { kernel in
                guard let b = columns.baseAddress, let a = kernel.baseAddress, let c = to.baseAddress else { return }
                Double.addProduct(
                  outputs, positions, rows / group, a + index * outputs * rows / group, rows / group, 1, b + index * rows / group * positions,
                  positions, c + (image * group + index) * outputs * positions, positions)
              }
            }
          }
        }
      }
    }
    return [try result.converted(to: x.element)]
  }
}

/// A window whose taps are shifted.
private struct DeformedWindow {
  var window: Window
  var input: Shape
  var output: Shape
  var before: [Int]
  var channels: Int
  var groups: Int
  var offsets: [Double]
  var mask: [Double]?

  /// What the taps of one image read: `[channels · taps, positions]`.
  func columns(of image: Int, _ x: UnsafeBufferPointer<Double>) -> [Double] {
    let (axes, taps, positions) = (input.count, window.kernel.reduce(1, *), output.reduce(1, *))
    let (perGroup, area) = (channels / groups, input.reduce(1, *))
    var columns = [Double](repeating: 0, count: channels * taps * positions)
    let sampling = SpatialSampling()
    var samples = SampleTaps()
    var point = [Double](repeating: 0, count: axes)
    for group in 0..<groups {
      for tap in 0..<taps {
        let slot = (image * groups + group) * taps + tap
        for position in 0..<positions {
          var (restTap, restPosition) = (tap, position)
          for axis in (0..<axes).reversed() {
            let base = restPosition % output[axis] * window.strides[axis] - before[axis] + restTap % window.kernel[axis] * window.dilations[axis]
            point[axis] = Double(base) + offsets[(slot * axes + axis) * positions + position]
            restTap /= window.kernel[axis]
            restPosition /= output[axis]
          }
          sampling.collect(point, input, into: &samples)
          let weight = mask?[slot * positions + position] ?? 1
          for channel in group * perGroup..<(group + 1) * perGroup {
            columns[(channel * taps + tap) * positions + position] = samples.value(x, (image * channels + channel) * area) * weight
          }
        }
      }
    }
    return columns
  }
}
