import Diagnostics
import GraphIR
import Operators
import Tensors

extension LayerReading {
  func readNeural() throws(ModelError) -> [ValueID]? {
    switch type {
    case "Convolution", "GroupConvolution": return try readConvolution()
    case "ConvolutionBackpropData", "GroupConvolutionBackpropData": return try readTransposedConvolution()
    case "MaxPool": return try readMaxPool()
    case "AvgPool": return try readAveragePool()
    case "BatchNormInference":
      var norm = BatchNormalization()
      norm.epsilon = try float("epsilon", 1e-5)
      return try make(norm, Array(inputs.prefix(5)))
    case "MVN": return try readStandardization()
    case "GroupNormalization":
      var norm = GroupNormalization()
      (norm.numGroups, norm.epsilon) = (try integer("num_groups", 1), try float("epsilon", 1e-5))
      return try make(norm, [input(0), input(1), input(2)])
    case "LRN":
      var norm = LRN()
      (norm.alpha, norm.beta) = (try float("alpha", 1e-4), try float("beta", 0.75))
      (norm.bias, norm.size) = (try float("bias", 1), try integer("size", 1))
      guard try constants(1) == [1] else { throw ModelError(.unsupported, "local normalisation other than over channels") }
      return try make(norm, [input(0)])
    case "Einsum":
      var sum = Einsum()
      sum.equation = text("equation")
      return try make(sum, inputs)
    case "Interpolate": return try readInterpolate()
    default: return nil
    }
  }

  func autoPad() throws(ModelError) -> AutoPad {
    switch text("auto_pad") ?? "explicit" {
    case "explicit": .notSet
    case "same_upper": .sameUpper
    case "same_lower": .sameLower
    case "valid": .valid
    case let other: throw layer.fault("auto_pad \(other)")
    }
  }

  /// `nil` where the layer pads by itself.
  func pads() throws(ModelError) -> [Int]? {
    guard try autoPad() == .notSet else { return nil }
    return try (integers("pads_begin") ?? []) + (integers("pads_end") ?? [])
  }

  /// Weights, the axis of the groups merged with the rows.
  private func weight() throws(ModelError) -> (value: ValueID, groups: Int) {
    let value = try input(1)
    guard type.hasPrefix("Group") else { return (value, 1) }
    guard let shape = try fact(1).shape, shape.count >= 4, let groups = shape[0].number, let rows = shape[1].number else {
      throw ModelError(.unsupported, "grouped weights of unknown size")
    }
    let (merged, overflows) = groups.multipliedReportingOverflow(by: rows)
    guard !overflows else { throw layer.fault("weights in \(groups) groups") }
    if let tensor = try fact(1).constant { return (network.constant(try tensor.reshaped(to: [merged] + tensor.shape.dropFirst(2))), groups) }
    let sizes = [merged] + shape.dropFirst(2).map { $0.number ?? -1 }
    return (network.one(Reshape(), [value, try network.integers(sizes)]), groups)
  }

  private func readConvolution() throws(ModelError) -> [ValueID] {
    var conv = Conv()
    let (weight, groups) = try weight()
    (conv.group, conv.autoPad, conv.pads) = (groups, try autoPad(), try pads())
    (conv.strides, conv.dilations) = (try integers("strides"), try integers("dilations"))
    return try make(conv, [input(0), weight])
  }

  private func readTransposedConvolution() throws(ModelError) -> [ValueID] {
    guard inputs.count == 2 else { throw ModelError(.unsupported, "a transposed convolution of a given output size") }
    var conv = ConvTranspose()
    let (weight, groups) = try weight()
    (conv.group, conv.autoPad, conv.pads) = (groups, try autoPad(), try pads())
    (conv.strides, conv.dilations) = (try integers("strides"), try integers("dilations"))
    conv.outputPadding = try integers("output_padding")
    return try make(conv, [input(0), weight])
  }

  private func readMaxPool() throws(ModelError) -> [ValueID] {
    var pool = MaxPool()
    (pool.autoPad, pool.pads, pool.kernelShape) = (try autoPad(), try pads(), try integers("kernel"))
    (pool.strides, pool.dilations, pool.ceilMode) = (try integers("strides"), try integers("dilations"), text("rounding_type") != "floor")
    return try network.add(pool, [input(0)], count: 2, named: layer.attributes["name"] ?? "")
  }

  private func readAveragePool() throws(ModelError) -> [ValueID] {
    var pool = AveragePool()
    (pool.autoPad, pool.pads, pool.kernelShape) = (try autoPad(), try pads(), try integers("kernel"))
    (pool.strides, pool.dilations, pool.ceilMode) = (try integers("strides"), try integers("dilations"), text("rounding_type") != "floor")
    pool.countIncludePad = !bool("exclude-pad")
    return try make(pool, [input(0)])
  }

  /// `(x − mean) / √(variance + eps)` over the given axes, written out.
  private func readStandardization() throws(ModelError) -> [ValueID] {
    var mean = ReduceMean()
    mean.keepdims = true
    let (x, axes) = (try input(0), try input(1))
    let centred = network.one(Sub(), [x, network.one(mean, [x, axes])])
    let variance = network.one(mean, [network.one(Mul(), [centred, centred]), axes])
    let epsilon = try scalar(Double(float("eps", 1e-5)), like: 0)
    if text("eps_mode") == "OUTSIDE_SQRT" { return try make(Div(), [centred, network.one(Add(), [network.one(Sqrt(), [variance]), epsilon])]) }
    return try make(Div(), [centred, network.one(Sqrt(), [network.one(Add(), [variance, epsilon])])])
  }

  private func readInterpolate() throws(ModelError) -> [ValueID] {
    var resize = Resize()
    let modes: [String: Resize.Mode] = ["nearest": .nearest, "linear_onnx": .linear, "cubic": .cubic]
    guard let mode = modes[text("mode") ?? ""], let coordinates = Resize.CoordinateMode(rawValue: text("coordinate_transformation_mode") ?? ""),
      let nearest = Resize.NearestMode(rawValue: text("nearest_mode") ?? "round_prefer_floor")
    else { throw ModelError(.unsupported, "interpolation \(text("mode") ?? "") \(text("coordinate_transformation_mode") ?? "")") }
    (resize.mode, resize.coordinateTransformationMode, resize.nearestMode) = (mode, coordinates, nearest)
    (resize.cubicCoeffA, resize.axes) = (try float("cube_coeff", -0.75), try constants(2))
    let usesSizes = text("shape_calculation_mode") == "sizes"
    return try make(resize, usesSizes ? [input(0), nil, nil, input(1)] : [input(0), nil, input(1)])
  }
}
