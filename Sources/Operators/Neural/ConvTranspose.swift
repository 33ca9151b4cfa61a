import Diagnostics
import GraphIR
import Tensors

/// The gradient of a convolution with respect to its input, as an operator of its own: `x` `[N, C, spatial…]` with
/// `weight` `[C, M/group, kernel…]`, plus `bias` `[M]`.
///
/// A spatial axis becomes `strides·(size - 1) + output_padding + (kernel - 1)·dilations + 1 - pads`, or `output_shape`,
/// from which the pads then follow.
public struct ConvTranspose: Operator {
  public enum Operand: Int, OperandSlot {
    case x, weight, bias
    public var arity: Arity { self == .bias ? .optional : .one }
  }
  public static let name = "ConvTranspose"
  public static let since = 22
  public static let attributes: [AttributeSpec<Self>] = [
    .choice("auto_pad", \.autoPad), .ints("dilations", \.dilations), .int("group", \.group),
    .ints("kernel_shape", \.kernelShape), .ints("output_padding", \.outputPadding), .ints("output_shape", \.outputShape),
    .ints("pads", \.pads), .ints("strides", \.strides),
  ]

  public var autoPad = AutoPad.notSet
  public var dilations: [Int]?
  public var group = 1
  public var kernelShape: [Int]?
  public var outputPadding: [Int]?
  /// Sizes of the spatial axes of the result.
  public var outputShape: [Int]?
  public var pads: [Int]?
  public var strides: [Int]?
  public init() {}

  public func infer(_ operands: Operands<Operand, Fact>) throws(ModelError) -> [Fact] {
    let (x, weight) = try (operands.one(.x), operands.one(.weight))
    _ = try commonElement([x, weight, operands[.bias]])
    guard let shape = x.shape ?? weight.shape.map({ .unknown(rank: $0.count) }) else { return [try x.reshaped(nil)] }
    guard shape.count >= 3, group > 0 else { throw ModelError(.typeMismatch, "x has rank \(shape.count), fewer than 3") }
    let channels = weight.shape.map { $0.count > 1 ? $0[1] * .number(group) : .unknown } ?? .unknown
    guard let kernel = weight.shape?.dropFirst(2).compactMap(\.number) ?? kernelShape, kernel.count == shape.count - 2 else {
      return [try x.reshaped([shape[0], channels] + .unknown(rank: shape.count - 2))]
    }
    if let weights = weight.shape { try check(shape, weights) }
    return [try x.reshaped([shape[0], channels] + spatialSizes(Array(shape[2...]), kernel))]
  }

  private func check(_ shape: [Dim], _ weights: [Dim]) throws(ModelError) {
    guard weights.count == shape.count else {
      throw ModelError(.typeMismatch, "weights of rank \(weights.count) for x of rank \(shape.count)")
    }
    if let channels = shape[1].number, let rows = weights[0].number, channels != rows || channels % group != 0 {
      throw ModelError(.typeMismatch, "\(channels) channels in \(group) groups for weights of \(rows) channels")
    }
  }

  private func window(_ kernel: [Int]) throws(ModelError) -> Window {
    guard kernelShape == nil || kernelShape == kernel else {
      throw ModelError(.typeMismatch, "weights with a kernel of \(kernel)", at: Place(attribute: "kernel_shape"))
    }
    for (name, list) in [("output_padding", outputPadding), ("output_shape", outputShape)] {
      guard let list else { continue }
      guard list.count == kernel.count, list.allSatisfy({ $0 >= 0 && $0 < 1 << 30 }) else {
        throw ModelError(.invalidGraph, "\(list) for \(kernel.count) spatial axes", at: Place(attribute: name))
      }
    }
    return try Window(kernel: kernel, strides: strides, dilations: dilations, pads: pads, autoPad: autoPad)
  }

  private func spatialSizes(_ input: [Dim], _ kernel: [Int]) throws(ModelError) -> [Dim] {
    let window = try window(kernel)
    var sizes: [Dim] = []
    for (axis, dim) in input.enumerated() {
      if let outputShape {
        sizes.append(.number(outputShape[axis]))
      } else if dim == .unknown {
        sizes.append(.unknown)
      } else if autoPad == .sameUpper || autoPad == .sameLower {
        sizes.append(dim * .number(window.strides[axis]))
      } else {
        let fixed = window.extent(axis) + (outputPadding?[axis] ?? 0) - window.pads[axis] - window.pads[axis + kernel.count]
        sizes.append((dim - 1) * .number(window.strides[axis]) + .number(fixed))
      }
      if let size = sizes[axis].number, size < 0 { throw ModelError(.typeMismatch, "spatial axis \(axis) would have size \(size)") }
    }
    return sizes
  }

  /// The window with the padding cut off before each axis, and the sizes of the result.
  func placed(on input: Shape, kernel: [Int]) throws(ModelError) -> (Window, output: Shape) {
    guard input.count == kernel.count else { throw ModelError(.typeMismatch, "a kernel of \(kernel) for spatial axes of \(input)") }
    let output = try spatialSizes(input.map(Dim.number), kernel).compactMap(\.number)
    guard output.count == input.count, input.allSatisfy({ $0 < 1 << 31 }) else {
      throw ModelError(.limitExceeded, "spatial axes of \(input)")
    }
    var window = try window(kernel)
    window.pads = leading(input, output, window)
    return (window, output)
  }

  /// The padding cut off before each axis.
  private func leading(_ input: Shape, _ output: Shape, _ window: Window) -> [Int] {
    input.indices.map { axis in
      if outputShape == nil && (autoPad == .notSet || autoPad == .valid) { return window.pads[axis] }
      let full = (input[axis] - 1) * window.strides[axis] + window.extent(axis) + (outputPadding?[axis] ?? 0)
      let total = full - output[axis]
      // More output than the kernel reaches: what is left over stays empty at the end.
      guard total > 0 else { return 0 }
      return autoPad == .sameUpper ? total / 2 : total - total / 2
    }
  }
}

extension ConvTranspose: Evaluable {
  public func evaluate(_ operands: Operands<Operand, Tensor>) throws(ModelError) -> [Tensor] {
    let (x, weight) = try (operands.one(.x), operands.one(.weight))
    guard x.rank >= 3, group > 0, weight.rank == x.rank else { throw ModelError(.typeMismatch, "x has rank \(x.rank)") }
    try check(x.shape.map(Dim.number), weight.shape.map(Dim.number))
    let kernel = Array(weight.shape.dropFirst(2))
    let input = Array(x.shape.dropFirst(2))
    let (window, output) = try placed(on: input, kernel: kernel)
    guard group <= max(weight.shape[0], 1) else { throw ModelError(.invalidGraph, "\(group) groups", at: Place(attribute: "group")) }
    let channels = weight.shape[1] * group
    if let bias = operands[.bias], bias.shape != [channels] {
      throw ModelError(.typeMismatch, "bias of shape \(bias.shape) for \(channels) channels")
    }
    if x.element == .float64 || x.rank > 5 {
      let wide = try convolveTransposedGathered(
        x.converted(to: .float64), weight.converted(to: .float64), operands[.bias]?.doubles(), window, output: output, groups: group)
      return [try wide.converted(to: x.element)]
    }
    return [try inFloat32([x, weight, operands[.bias]]) { (t) throws(ModelError) in
      try convolveTransposed(t[0] ?? x, t[1] ?? weight, t[2], window, output: output, groups: group)
    }]
  }
}
