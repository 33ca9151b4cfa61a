import Diagnostics
import GraphIR
import LiteRTSchema
import Operators
import Rewriting
import Tensors

/// A transposed convolution over two axes becomes TRANSPOSE_CONV, whose result's shape is an operand. Exact.
///
/// Padding that the format's rule would place differently is cut off afterwards.
struct TransposeConvolveChannelsLast: RewriteRule {
  func rewrite(_ conv: Matched<ConvTranspose>, _ edit: inout Edit) throws(NoMatch) {
    let (x, weight) = try (conv[.x], conv[.weight])
    let (shape, kernels, result) = try (x.shape(), weight.fixedShape(), conv.result.shape())
    let op = conv.op
    try require(shape.count == 4 && kernels.count == 4 && result.count == 4, "a transposed convolution over other than two axes")
    try require(op.group == 1 && op.dilations?.allSatisfy { $0 == 1 } ?? true, "groups or dilations of a transposed convolution")
    try require(op.autoPad == .notSet && op.outputShape == nil, "a transposed convolution whose padding is not explicit")
    let strides = op.strides ?? [1, 1]
    let pads = op.pads ?? [0, 0, 0, 0]
    let extra = op.outputPadding ?? [0, 0]
    try require(pads.allSatisfy { $0 >= 0 } && pads.count == 4, "negative pads")
    let kernel = Array(kernels[2...])
    let total = (0..<2).map { pads[$0] + pads[$0 + 2] - extra[$0] }
    // What is padded alike is the format's rule only where the result is a whole number of steps, but for the last one.
    let isPlain = pads == [0, 0, 0, 0] && total == [0, 0]
    let isSame = isPlain || (0..<2).allSatisfy { axis in
      let steps = kernel[axis] - strides[axis]...kernel[axis] - 1
      return total[axis] >= 0 && pads[axis] == total[axis] / 2 && steps.contains(total[axis])
    }
    let isCut = !isSame && (0..<2).allSatisfy { total[$0] >= 0 && extra[$0] <= pads[$0 + 2] }
    try require(isSame || isCut, "more output padding than padding")
    // Size of the result without and with what is cut off: size · stride + offset.
    let offsets = (0..<2).map { kernel[$0] - strides[$0] - (isSame ? total[$0] : 0) }
    let input = edit.channelsLast(x.id, rank: 4)
    var made = Array(result[2...])
    if isCut { made = (0..<2).map { shape[$0 + 2] * .number(strides[$0]) + .number(offsets[$0]) } }
    let type = TensorType(try x.elementType(), [result[0]] + made + [.number(kernels[1])])
    let size = try outputShape(type.shape ?? [], input, strides, offsets, channels: kernels[1], &edit)
    let scheme: Schema.Padding = isSame && total.contains { $0 > 0 } ? .same : .valid
    let node = Self.kernel(scheme, strides, type, hasBias: conv.ifPresent(.bias) != nil)
    let filter = try edit.weights(weight, order: [1, 2, 3, 0])
    var value = edit.emit(node, operands: [size, filter, input] + (conv.ifPresent(.bias).map { [$0.id] } ?? []))[0]
    if isCut {
      let ends = (0..<2).map { pads[$0 + 2] == extra[$0] ? Int(Int32.max) : extra[$0] - pads[$0 + 2] }
      value = edit.emit(Slice(), value, edit.constant(Array(pads[..<2])), edit.constant(ends), edit.constant([1, 2]))
    }
    edit.replace(conv.result, with: edit.channelsFirst(value, rank: 4))
  }

  private static func kernel(_ padding: Schema.Padding, _ strides: [Int], _ type: TensorType, hasBias: Bool) -> LiteRTKernel {
    typealias Field = Schema.TransposeConvOptions
    var node = LiteRTKernel()
    node.code = .transposeConv
    node.version = hasBias ? 3 : 1
    var options = KernelOptions(Field.code, Field.padding, padding.rawValue)
    options.object.set(Field.strideH, strides[0])
    options.object.set(Field.strideW, strides[1])
    node.options = options
    node.facts = [Fact(type)]
    return node
  }

  private func outputShape(
    _ shape: [Dim], _ input: ValueID, _ strides: [Int], _ offsets: [Int], channels: Int, _ edit: inout Edit
  ) throws(NoMatch) -> ValueID {
    func vector(_ numbers: [Int], _ edit: inout Edit) throws(NoMatch) -> ValueID {
      edit.constant(try edit.computing { () throws(ModelError) in try Tensor(.int32, [numbers.count], elements: numbers.map(Int32.init)) })
    }
    let numbers = shape.compactMap(\.number)
    if numbers.count == 4 { return try vector(numbers, &edit) }
    let sizes = edit.emit(Cast(to: .int32), edit.emit(ShapeOf(), input))
    let scaled = edit.emit(Mul(), sizes, try vector([1] + strides + [0], &edit))
    return edit.emit(Add(), scaled, try vector([0] + offsets + [channels], &edit))
  }
}
