import Diagnostics
import GraphIR
import LiteRTSchema
import Operators
import Rewriting
import Tensors

/// A convolution becomes the format's, which wants channels last and its weights accordingly. Exact.
///
///     %y = Conv(%x, W, b)   →   %t = Transpose(%x) {perm: [0, 2, 3, 1]}
///                               %k = CONV_2D(%t, W'[O,H,W,I], b) or DEPTHWISE_CONV_2D(%t, W'[1,H,W,O], b)
///                               %y = Transpose(%k) {perm: [0, 3, 1, 2]}
///
/// With one spatial axis, an axis of size 1 is put before it; with three, it is CONV_3D.
struct ConvolveChannelsLast: RewriteRule {
  func rewrite(_ conv: Matched<Conv>, _ edit: inout Edit) throws(NoMatch) {
    let (x, weight) = try (conv[.x], conv[.weight])
    let (shape, kernels) = try (x.shape(), weight.fixedShape())
    try require((3...5).contains(shape.count) && (shape.count < 5 || conv.op.group == 1), "more than three axes, or groups over three")
    let element = try x.elementType()
    let spatial = shape.count - 2
    let ones = [Int](repeating: 1, count: spatial)
    let (strides, dilations) = (conv.op.strides ?? ones, conv.op.dilations ?? ones)
    let output = Array((conv.result.type?.shape ?? []).dropFirst(2))
    try require(output.count == spatial, "the result's rank is not known")
    let padding = try WindowPadding(
      autoPad: conv.op.autoPad, pads: conv.op.pads, spatial: Array(shape[2...]), kernel: Array(kernels[2...]), strides: strides,
      dilations: dilations, output: output, isRounded: false)
    let isDepthwise = spatial < 3 && kernels[1] == 1 && conv.op.group > 1 && shape[1].number == conv.op.group
    let middle = Array(2..<kernels.count)
    let order = spatial == 3 ? [2, 3, 4, 1, 0] : isDepthwise ? [1] + middle + [0] : [0] + middle + [1]
    var input = edit.channelsLast(x.id, rank: shape.count)
    input = padding.padded(input, element, with: nil, &edit)
    var filter = try edit.weights(weight, order: order)
    var kernel = LiteRTKernel()
    kernel.code = spatial == 3 ? .conv3D : isDepthwise ? .depthwiseConv2D : .conv2D
    kernel.version = isDepthwise && dilations != ones ? 2 : 1
    (kernel.options, kernel.activation) = Self.options(
      kernel.code, padding.scheme, strides: spatial == 1 ? [1] + strides : strides,
      dilations: spatial == 1 ? [1] + dilations : dilations, multiplier: kernels[0] / max(conv.op.group, 1))
    var type = TensorType(element, conv.result.type?.shape).channelsLast
    if spatial == 1 {
      let axis = edit.constant([1])
      (input, filter) = (edit.emit(Unsqueeze(), input, axis), edit.emit(Unsqueeze(), filter, axis))
      type.shape?.insert(1, at: 1)
    }
    kernel.facts = [Fact(type)]
    var bias = conv.ifPresent(.bias)?.id
    if bias == nil { bias = try edit.zeros(element, count: kernels[0]) }
    var result = edit.emit(kernel, input, filter, bias)
    if spatial == 1 { result = edit.emit(Squeeze(), result, edit.constant([1])) }
    edit.replace(conv.result, with: edit.channelsFirst(result, rank: shape.count))
  }

  private static func options(
    _ code: Schema.BuiltinOperator, _ padding: Schema.Padding, strides: [Int], dilations: [Int], multiplier: Int
  ) -> (KernelOptions, IntField) {
    switch code {
    case .conv3D:
      typealias Field = Schema.Conv3DOptions
      var options = KernelOptions(Field.code, Field.padding, padding.rawValue)
      for (field, value) in zip([Field.strideD, Field.strideH, Field.strideW], strides) { options.object.set(field, value) }
      for (field, value) in zip([Field.dilationDFactor, Field.dilationHFactor, Field.dilationWFactor], dilations) {
        options.object.set(field, value)
      }
      return (options, Field.fusedActivationFunction)
    case .depthwiseConv2D:
      typealias Field = Schema.DepthwiseConv2DOptions
      var options = KernelOptions(Field.code, Field.padding, padding.rawValue)
      for (field, value) in zip([Field.strideH, Field.strideW], strides) { options.object.set(field, value) }
      for (field, value) in zip([Field.dilationHFactor, Field.dilationWFactor], dilations) { options.object.set(field, value) }
      options.object.set(Field.depthMultiplier, multiplier)
      return (options, Field.fusedActivationFunction)
    default:
      typealias Field = Schema.Conv2DOptions
      var options = KernelOptions(Field.code, Field.padding, padding.rawValue)
      for (field, value) in zip([Field.strideH, Field.strideW], strides) { options.object.set(field, value) }
      for (field, value) in zip([Field.dilationHFactor, Field.dilationWFactor], dilations) { options.object.set(field, value) }
      return (options, Field.fusedActivationFunction)
    }
  }
}

extension Edit {
  /// `count` zeros; the format's kernels want a bias.
  mutating func zeros(_ element: ElementType, count: Int) throws(NoMatch) -> ValueID {
    constant(try computing { () throws(ModelError) in
      try Tensor(.float32, [count], elements: [Float](repeating: 0, count: count)).converted(to: element)
    })
  }
}
