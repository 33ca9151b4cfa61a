import Diagnostics
import GraphIR
import LiteRTSchema
import Operators
import Rewriting
import Tensors

/// A pool over two axes, or one, becomes the format's, which wants channels last. Exact.
///
/// What the format's two padding rules cannot say is padded before: with the least number for a maximum; for an average with zeros,
/// the result being scaled by how many elements of each window are not padding, where those are not to count.
struct PoolChannelsLast: NodeRule {
  var roots: RuleRoots { .operators([MaxPool.self, AveragePool.self]) }

  private struct Attributes {
    var kernel: [Int]
    var strides: [Int]
    var pads: [Int]?
    var autoPad: AutoPad
    var isRounded: Bool
    var isAverage: Bool
    var countsPadding: Bool
  }

  func rewrite(_ node: MatchedNode, _ edit: inout Edit) throws(NoMatch) {
    let attributes = try Self.attributes(node)
    let x = try node.operand(0)
    let shape = try x.shape()
    let element = try x.elementType()
    let spatial = shape.count - 2
    try require(spatial == attributes.kernel.count && (1...2).contains(spatial), "a pool over more than two axes")
    let output = Array((node.result.type?.shape ?? []).dropFirst(2))
    try require(output.count == spatial, "the result's rank is not known")
    let ones = [Int](repeating: 1, count: spatial)
    let padding = try WindowPadding(
      autoPad: attributes.autoPad, pads: attributes.pads, spatial: Array(shape[2...]), kernel: attributes.kernel,
      strides: attributes.strides, dilations: ones, output: output, isRounded: attributes.isRounded)
    try require(!attributes.countsPadding || padding.scheme == .valid, "an average that counts padding, as the format's never do")
    var input = edit.channelsLast(x.id, rank: shape.count)
    let low = try attributes.isAverage ? nil : edit.computing { () throws(ModelError) in
      try Tensor.scalar(-Float.greatestFiniteMagnitude).converted(to: element)
    }
    input = padding.padded(input, element, with: low, &edit)
    var type = TensorType(element, node.result.type?.shape).channelsLast
    if spatial == 1 {
      input = edit.emit(Unsqueeze(), input, edit.constant([1]))
      type.shape?.insert(1, at: 1)
    }
    var result = edit.emit(Self.kernel(attributes, padding.scheme, type), input)
    if spatial == 1 { result = edit.emit(Squeeze(), result, edit.constant([1])) }
    if let explicit = padding.explicit, attributes.isAverage, !attributes.countsPadding {
      result = try scaled(result, attributes, explicit, shape: Array(shape[2...]), output: output, &edit)
    }
    edit.replace(node.result, with: edit.channelsFirst(result, rank: shape.count))
  }

  private static func attributes(_ node: MatchedNode) throws(NoMatch) -> Attributes {
    if let op = node.op as? MaxPool {
      try require(node.isUnused(result: 1), "positions of the maxima")
      try require(op.dilations?.allSatisfy { $0 == 1 } ?? true, "a dilated window")
      let kernel = op.kernelShape ?? []
      return Attributes(
        kernel: kernel, strides: op.strides ?? kernel.map { _ in 1 }, pads: op.pads, autoPad: op.autoPad, isRounded: op.ceilMode,
        isAverage: false, countsPadding: false)
    }
    guard let op = node.op as? AveragePool else { throw NoMatch("another operator") }
    try require(op.dilations?.allSatisfy { $0 == 1 } ?? true, "a dilated window")
    let kernel = op.kernelShape ?? []
    try require(!op.ceilMode || !op.countIncludePad, "an average over windows that reach over the end")
    return Attributes(
      kernel: kernel, strides: op.strides ?? kernel.map { _ in 1 }, pads: op.pads, autoPad: op.autoPad, isRounded: op.ceilMode,
      isAverage: true, countsPadding: op.countIncludePad && op.pads?.contains { $0 > 0 } ?? false)
  }

  private static func kernel(_ attributes: Attributes, _ padding: Schema.Padding, _ type: TensorType) -> LiteRTKernel {
    typealias Field = Schema.Pool2DOptions
    var kernel = LiteRTKernel()
    kernel.code = attributes.isAverage ? .averagePool2D : .maxPool2D
    let isFlat = attributes.kernel.count == 1
    var options = KernelOptions(Field.code, Field.padding, padding.rawValue)
    for (field, value) in zip([Field.filterHeight, Field.filterWidth], (isFlat ? [1] : []) + attributes.kernel) { options.object.set(field, value) }
    for (field, value) in zip([Field.strideH, Field.strideW], (isFlat ? [1] : []) + attributes.strides) { options.object.set(field, value) }
    kernel.options = options
    kernel.activation = Field.fusedActivationFunction
    kernel.facts = [Fact(type)]
    return kernel
  }

  /// An average over all elements of a window as one over those that are not padding.
  private func scaled(
    _ value: ValueID, _ attributes: Attributes, _ explicit: (before: [Int], after: [Int]), shape: [Dim], output: [Dim], _ edit: inout Edit
  ) throws(NoMatch) -> ValueID {
    var factors: [Float] = [1]
    var sizes: [Int] = []
    for axis in attributes.kernel.indices {
      guard let size = shape[axis].number, let count = output[axis].number else { throw NoMatch("an average at borders that are not known") }
      let along = (0..<count).map { index -> Float in
        let start = index * attributes.strides[axis] - explicit.before[axis]
        let inside = min(start + attributes.kernel[axis], size) - max(start, 0)
        return Float(attributes.kernel[axis]) / Float(max(inside, 1))
      }
      factors = factors.flatMap { outer in along.map { outer * $0 } }
      sizes.append(count)
    }
    let tensor = try edit.computing { () throws(ModelError) in try Tensor(.float32, [1] + sizes + [1], elements: factors) }
    return edit.emit(Mul(), value, edit.constant(tensor))
  }
}
