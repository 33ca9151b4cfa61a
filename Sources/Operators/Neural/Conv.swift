import Diagnostics
import GraphIR
import Tensors

/// Convolution (cross-correlation) of `x` `[N, C, spatial…]` with `weight` `[M, C/group, kernel…]`, plus `bias` `[M]`.
public struct Conv: Operator {
  public enum Operand: Int, OperandSlot {
    case x, weight, bias
    public var arity: Arity { self == .bias ? .optional : .one }
  }
  public static let name = "Conv"
  public static let since = 22
  public static let attributes: [AttributeSpec<Self>] = [
    .choice("auto_pad", \.autoPad), .ints("dilations", \.dilations), .int("group", \.group),
    .ints("kernel_shape", \.kernelShape), .ints("pads", \.pads), .ints("strides", \.strides),
  ]

  public var autoPad = AutoPad.notSet
  /// One per spatial axis; absent means all 1.
  public var dilations: [Int]?
  public var group = 1
  public var kernelShape: [Int]?
  /// Begins then ends of the spatial axes; absent means all 0.
  public var pads: [Int]?
  public var strides: [Int]?
  public init() {}

  func window(weight: Shape) throws(ModelError) -> Window {
    let kernel = Array(weight.dropFirst(2))
    guard kernelShape == nil || kernelShape == kernel else {
      throw ModelError(.typeMismatch, "weights of shape \(weight)", at: Place(attribute: "kernel_shape"))
    }
    return try Window(kernel: kernel, strides: strides, dilations: dilations, pads: pads, autoPad: autoPad)
  }

  public func infer(_ operands: Operands<Operand, Fact>) throws(ModelError) -> [Fact] {
    let (x, weight) = try (operands.one(.x), operands.one(.weight))
    _ = try commonElement([x, weight, operands[.bias]])
    try requireRank(operands[.bias], 1...1, "bias")
    guard let shape = x.shape ?? weight.shape.map({ .unknown(rank: $0.count) }) else { return [try x.reshaped(nil)] }
    guard shape.count >= 3 else { throw ModelError(.typeMismatch, "x has rank \(shape.count), fewer than 3") }
    guard group > 0 else { throw ModelError(.invalidGraph, "\(group) groups", at: Place(attribute: "group")) }
    guard let weights = weight.shape else {
      let spatial = try kernelShape.map { (kernel) throws(ModelError) in
        try Window(kernel: kernel, strides: strides, dilations: dilations, pads: pads, autoPad: autoPad)
          .outputSizes(Array(shape[2...]))
      }
      return [try x.reshaped([shape[0], .unknown] + (spatial ?? .unknown(rank: shape.count - 2)))]
    }
    try check(shape, weights)
    let kernel = weights.dropFirst(2).compactMap(\.number)
    guard kernel.count == shape.count - 2 else {
      return [try x.reshaped([shape[0], weights[0]] + .unknown(rank: shape.count - 2))]
    }
    let spatial = try window(weight: [0, 0] + kernel).outputSizes(Array(shape[2...]))
    return [try x.reshaped([shape[0], weights[0]] + spatial)]
  }

  /// Channels and groups fit together.
  private func check(_ shape: [Dim], _ weights: [Dim]) throws(ModelError) {
    guard weights.count == shape.count else {
      throw ModelError(.typeMismatch, "weights of rank \(weights.count) for x of rank \(shape.count)")
    }
    if let channels = shape[1].number, let perGroup = weights[1].number,
      !(channels % group == 0 && channels / group == perGroup)
    {
      throw ModelError(.typeMismatch, "\(channels) channels in \(group) groups for weights of \(perGroup) channels")
    }
    if let outputs = weights[0].number, outputs % group != 0 {
      throw ModelError(.typeMismatch, "\(outputs) output channels in \(group) groups")
    }
  }
}

extension Conv: Evaluable {
  /// Operand, weights and bias fit together.
  func check(_ x: Tensor, _ weight: Tensor, _ bias: Tensor?) throws(ModelError) {
    guard x.rank >= 3, group > 0, group <= max(x.shape[1], 1), weight.rank == x.rank else {
      throw ModelError(.typeMismatch, "x has rank \(x.rank)")
    }
    try check(x.shape.map(Dim.number), weight.shape.map(Dim.number))
    if let bias, bias.shape != [weight.shape[0]] {
      throw ModelError(.typeMismatch, "bias of shape \(bias.shape) for \(weight.shape[0]) channels")
    }
  }

  public func evaluate(_ operands: Operands<Operand, Tensor>) throws(ModelError) -> [Tensor] {
    let (x, weight) = try (operands.one(.x), operands.one(.weight))
    try check(x, weight, operands[.bias])
    let window = try window(weight: weight.shape)
    if x.element == .float64 || x.rank > 5 {
      let bias = try operands[.bias]?.doubles()
      let wide = try convolveGathered(x.converted(to: .float64), weight.converted(to: .float64), bias, window, groups: group, Double.self)
      return [try wide.converted(to: x.element)]
    }
    return [try inFloat32([x, weight, operands[.bias]]) { (t) throws(ModelError) in
      try convolve(t[0] ?? x, t[1] ?? weight, t[2], window, groups: group)
    }]
  }
}
