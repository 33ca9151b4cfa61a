import Diagnostics
import GraphIR
import LiteRTSchema
import Operators
import Tensors

/// Where a window begins: explicit pads where the sizes are known, otherwise the rule.
struct WindowPads {
  var pads: [Int]?
  var autoPad = AutoPad.notSet

  /// `spatial` are the sizes of `x` without batch and channels.
  init(_ padding: Int, spatial: [Dim], kernel: [Int], strides: [Int], dilations: [Int]) throws(ModelError) {
    guard let scheme = Schema.Padding(rawValue: padding) else { throw ModelError(.unsupported, "padding \(padding)") }
    guard scheme == .same else { return }
    let numbers = spatial.compactMap(\.number)
    guard numbers.count == spatial.count else {
      autoPad = .sameUpper
      return
    }
    let totals = numbers.indices.map { axis -> Int in
      let (size, stride) = (numbers[axis], strides[axis])
      return max(0, ((size + stride - 1) / stride - 1) * stride + (kernel[axis] - 1) * dilations[axis] + 1 - size)
    }
    pads = totals.map { $0 / 2 } + totals.map { $0 - $0 / 2 }
  }
}

extension Mappings {
  static let windows: [Schema.BuiltinOperator: Mapping] = [
    .conv2D: conv2D, .depthwiseConv2D: depthwiseConv2D, .conv3D: conv3D, .transposeConv: transposeConv,
    .averagePool2D: pool, .maxPool2D: pool, .l2Pool2D: pool,
  ]

  /// Sizes that windows are made of; anything else would be meaningless, or huge.
  private static func checked(_ values: [Int]) throws(ModelError) -> [Int] {
    guard values.allSatisfy({ $0 > 0 && $0 < 1 << 24 }) else { throw ModelError(.invalidGraph, "strides, dilations or sizes of \(values)") }
    return values
  }

  private static func weightShape(_ call: SourceCall, _ reader: SubgraphReader, rank: Int, operand: Int = 1) throws(ModelError) -> Shape {
    let shape = try reader.tensor(reader.index(call, operand)).shape
    guard shape.count == rank, !shape.contains(0) else { throw ModelError(.invalidGraph, "weights of shape \(shape)") }
    return shape
  }

  /// Makes the node and what surrounds it. `spatialAxes` of `weights` are the window's.
  private static func convolve(
    _ call: SourceCall, _ reader: SubgraphReader, weights: ValueID, kernel: [Int], strides: [Int], dilations: [Int],
    padding: Int, activation: Int, groups: (Int) throws(ModelError) -> Int
  ) throws(ModelError) {
    let assembly = reader.assembly
    let x = try assembly.withChannelsFirst(reader.real(call, 0))
    let shape = assembly.shape(of: x) ?? []
    // Where a shape is computed, the file may still say how many channels there are.
    let stated = try reader.tensor(reader.index(call, 0)).signature.last.flatMap { $0 > 0 ? $0 : nil }
    guard shape.count == kernel.count + 2, let channels = shape[1].number ?? stated else {
      throw ModelError(.unsupported, "an operand of shape \(shape) where \(kernel.count) spatial axes and known channels are expected")
    }
    var op = Conv()
    op.strides = try checked(strides)
    op.dilations = try checked(dilations)
    op.kernelShape = kernel
    op.group = try groups(channels)
    let window = try WindowPads(padding, spatial: Array(shape[2...]), kernel: kernel, strides: strides, dilations: dilations)
    (op.pads, op.autoPad) = (window.pads, window.autoPad)
    let result = try assembly.emit(op, x, weights, reader.optionalReal(call, 2))
    let output = try reader.output(call)
    try reader.defineReal(output, assembly.withChannelsLast(reader.activated(result, activation, for: output)))
  }

  private static let conv2D: Mapping = { (call, reader) throws(ModelError) in
    typealias Field = Schema.Conv2DOptions
    let options = call.options(Field.code)
    let shape = try weightShape(call, reader, rank: 4)
    let weights = try reader.permuted(reader.index(call, 1), [0, 3, 1, 2])
    try convolve(
      call, reader, weights: weights, kernel: [shape[1], shape[2]], strides: [options[Field.strideH], options[Field.strideW]],
      dilations: [options[Field.dilationHFactor], options[Field.dilationWFactor]], padding: options[Field.padding],
      activation: options[Field.fusedActivationFunction]
    ) { (channels) throws(ModelError) in
      guard channels % shape[3] == 0 else { throw ModelError(.invalidGraph, "\(channels) channels for weights of shape \(shape)") }
      return channels / shape[3]
    }
  }

  private static let depthwiseConv2D: Mapping = { (call, reader) throws(ModelError) in
    typealias Field = Schema.DepthwiseConv2DOptions
    let options = call.options(Field.code)
    let shape = try weightShape(call, reader, rank: 4)
    let weights = try reader.permuted(reader.index(call, 1), [3, 0, 1, 2])
    try convolve(
      call, reader, weights: weights, kernel: [shape[1], shape[2]], strides: [options[Field.strideH], options[Field.strideW]],
      dilations: [options[Field.dilationHFactor], options[Field.dilationWFactor]], padding: options[Field.padding],
      activation: options[Field.fusedActivationFunction]
    ) { (channels) throws(ModelError) in
      guard shape[0] == 1, channels > 0, shape[3] % channels == 0 else {
        throw ModelError(.invalidGraph, "\(channels) channels for weights of shape \(shape)")
      }
      return channels
    }
  }

  private static let conv3D: Mapping = { (call, reader) throws(ModelError) in
    typealias Field = Schema.Conv3DOptions
    let options = call.options(Field.code)
    let shape = try weightShape(call, reader, rank: 5)
    let weights = try reader.permuted(reader.index(call, 1), [4, 3, 0, 1, 2])
    try convolve(
      call, reader, weights: weights, kernel: Array(shape[0..<3]),
      strides: [options[Field.strideD], options[Field.strideH], options[Field.strideW]],
      dilations: [options[Field.dilationDFactor], options[Field.dilationHFactor], options[Field.dilationWFactor]],
      padding: options[Field.padding], activation: options[Field.fusedActivationFunction]
    ) { (channels) throws(ModelError) in
      guard channels % shape[3] == 0 else { throw ModelError(.invalidGraph, "\(channels) channels for weights of shape \(shape)") }
      return channels / shape[3]
    }
  }

  /// Operands: the result's shape, the weights, `x`, and a bias in newer files.
  private static let transposeConv: Mapping = { (call, reader) throws(ModelError) in
    typealias Field = Schema.TransposeConvOptions
    let options = call.options(Field.code)
    let sizes = try reader.sizes(call, 0)
    guard sizes.count == 4, sizes.allSatisfy({ $0.number.map((0..<1 << 31).contains) ?? true }) else {
      throw ModelError(.invalidGraph, "an output shape of \(sizes)")
    }
    try addTransposedConvolution(
      call, reader, x: 2, weights: 1, bias: 3, padding: options[Field.padding],
      strides: [options[Field.strideH], options[Field.strideW]], output: [sizes[1], sizes[2]],
      activation: options[Field.fusedActivationFunction])
  }

  /// `output` are the spatial sizes to arrive at; `nil` for those that follow from the padding rule.
  static func addTransposedConvolution(
    _ call: SourceCall, _ reader: SubgraphReader, x operand: Int, weights: Int, bias: Int, padding: Int, strides: [Int],
    output: [Dim]?, activation: Int = 0
  ) throws(ModelError) {
    let assembly = reader.assembly
    let shape = try weightShape(call, reader, rank: 4, operand: weights)
    let x = try assembly.withChannelsFirst(reader.real(call, operand))
    let spatial = Array((assembly.shape(of: x) ?? []).dropFirst(2))
    guard spatial.count == 2 else { throw ModelError(.unsupported, "a transposed convolution over \(spatial.count) axes") }
    var op = ConvTranspose()
    op.strides = try checked(strides)
    op.kernelShape = [shape[1], shape[2]]
    var (before, after, extra) = ([0, 0], [0, 0], [0, 0])
    for axis in 0..<2 {
      let scaled = spatial[axis] * .number(strides[axis])
      let same = padding == Schema.Padding.same.rawValue
      let beyond = Dim.number(shape[axis + 1] - strides[axis])
      // Sizes that are open fall out of what is cut off.
      guard let excess = (scaled + beyond - (output?[axis] ?? (same ? scaled : scaled + beyond))).number else {
        throw ModelError(.unsupported, "a transposed convolution whose padding is computed while the model runs")
      }
      before[axis] = same ? max(0, excess) / 2 : 0
      after[axis] = max(0, excess) - before[axis]
      extra[axis] = max(0, -excess)
    }
    op.pads = before + after
    if extra != [0, 0] { op.outputPadding = extra }
    let kernels = try reader.permuted(reader.index(call, weights), [3, 0, 1, 2])
    let result = try assembly.emit(op, x, kernels, reader.optionalReal(call, bias))
    let index = try reader.output(call)
    try reader.defineReal(index, assembly.withChannelsLast(reader.activated(result, activation, for: index)))
  }

  private static let pool: Mapping = { (call, reader) throws(ModelError) in
    typealias Field = Schema.Pool2DOptions
    let options = call.options(Field.code)
    let assembly = reader.assembly
    let x = try assembly.withChannelsFirst(reader.real(call, 0))
    let kernel = try checked([options[Field.filterHeight], options[Field.filterWidth]])
    let strides = try checked([options[Field.strideH], options[Field.strideW]])
    let spatial = Array((assembly.shape(of: x) ?? []).dropFirst(2))
    guard spatial.count == 2 else { throw ModelError(.invalidGraph, "an operand of rank \(spatial.count + 2)") }
    let window = try WindowPads(options[Field.padding], spatial: spatial, kernel: kernel, strides: strides, dilations: [1, 1])
    var average = AveragePool()
    (average.kernelShape, average.strides, average.pads, average.autoPad) = (kernel, strides, window.pads, window.autoPad)
    var largest = MaxPool()
    (largest.kernelShape, largest.strides, largest.pads, largest.autoPad) = (kernel, strides, window.pads, window.autoPad)
    let result =
      switch call.code {
      case .maxPool2D: try assembly.emit(largest, x)
      case .l2Pool2D: try assembly.emit(Sqrt(), assembly.emit(average, assembly.emit(Mul(), x, x)))
      default: try assembly.emit(average, x)
      }
    let output = try reader.output(call)
    try reader.defineReal(output, assembly.withChannelsLast(reader.activated(result, options[Field.fusedActivationFunction], for: output)))
  }
}

extension SubgraphReader {
  /// A tensor's real numbers with its axes in another order; of a constant, the elements themselves are moved.
  func permuted(_ index: Int, _ order: [Int]) throws(ModelError) -> ValueID {
    let tensor = try tensor(index)
    guard let elements = try constant(of: index), elements.rank == order.count else {
      return try assembly.permutedConversion(realValue(of: index), order)
    }
    let moved = assembly.constant(try elements.permuted(order), tensor.name)
    guard var quantization = tensor.quantization else { return moved }
    quantization.axis = quantization.scales.count == 1 ? 0 : order.firstIndex(of: quantization.axis) ?? 0
    return try dequantized(moved, quantization)
  }
}

extension Assembly {
  /// The same for a value that is a conversion of a constant, as 16-bit weights are: the constant is moved.
  fileprivate func permutedConversion(_ value: ValueID, _ order: [Int]) throws(ModelError) -> ValueID {
    if let node = graph.producer(of: value), let cast = graph[node].op as? Cast, let input = graph[node].operands[0],
      let tensor = graph[input].constant, tensor.rank == order.count
    {
      return try emit(cast, constant(try tensor.permuted(order), graph[input].name))
    }
    return try emit(Transpose(perm: order), value)
  }
}

extension Tensor {
  /// The axes in another order, computed when the elements are read.
  func permuted(_ order: [Int]) throws(ModelError) -> Tensor {
    let source = self
    return try Tensor(deferring: element, order.map { shape[$0] }) { () throws(ModelError) in
      try Transpose(perm: order).evaluateTensors([source], resultCount: 1)[0]
    }
  }
}
