import Diagnostics
import GraphIR
import Operators
import Retargeting
import Tensors

// OpenVINO draws uniform numbers, of 32 bits, and outcomes; everything else is computed from the former. What is drawn has the layer name
// `NAME/draws`, by which verification gives source and result the same numbers.

extension LayerWriter {
  /// Uniform numbers from `low` up to `high`, which is larger. Without a seed they are others in every run.
  fileprivate func draws(_ sizes: Wire, _ shape: [Dim]?, from low: Float = 0, to high: Float = 1, seed: Float?) throws(ModelError) -> Wire {
    let inputs = [sizes, try scalar(Double(low), .float32), try scalar(Double(high), .float32)]
    return layer(
      Layer(
        name: drawsName, type: "RandomUniform", opset: 8, data: [("output_type", "f32")] + seeds(seed), inputs: inputs,
        outputs: [.init(element: .float32, shape: shape)]))[0]
  }

  /// Two zeros ask for other numbers in every run, so a seed of 0 needs another global one.
  fileprivate func seeds(_ seed: Float?) -> [(String, String)] {
    [("global_seed", seed == nil ? "0" : "1"), ("op_seed", String(seed?.bitPattern ?? 0))]
  }

  /// Pairs of uniform numbers make normal ones, by Box and Muller's method.
  fileprivate func normals(_ sizes: Wire, _ shape: [Dim]?, mean: Float, deviation: Float, seed: Float?) throws(ModelError) -> Wire {
    let pairs = try draws(concat([sizes, integers([2])], axis: 0, shape: [.unknown]), shape.map { $0 + [2] }, seed: seed)
    func half(_ index: Int) throws(ModelError) -> Wire {
      let kept = try slice(pairs, from: index, to: index + 1, axis: -1, shape: shape.map { $0 + [1] })
      return try layer("Squeeze", 1, [kept, integers([-1])], gives: .float32, shape)
    }
    func function(_ type: String, _ x: Wire) -> Wire { layer(type, 1, [x], gives: .float32, shape) }
    let logarithm = function("Log", binary("Subtract", try scalar(1, .float32), try half(0)))
    let radius = function("Sqrt", binary("Multiply", logarithm, try scalar(-2, .float32)))
    let angle = binary("Multiply", try half(1), try scalar(2 * .pi, .float32))
    var result = binary("Multiply", radius, function("Cos", angle))
    if deviation != 1 { result = binary("Multiply", result, try scalar(Double(deviation), .float32)) }
    return mean == 0 ? result : binary("Add", result, try scalar(Double(mean), .float32))
  }

  /// Uniform numbers, whichever bound is larger.
  fileprivate func uniforms(_ sizes: Wire, _ shape: [Dim]?, low: Float, high: Float, seed: Float?) throws(ModelError) -> Wire {
    if low < high { return try draws(sizes, shape, from: low, to: high, seed: seed) }
    let share = binary("Multiply", try draws(sizes, shape, seed: seed), try scalar(Double(high) - Double(low), .float32))
    return binary("Add", share, try scalar(Double(low), .float32))
  }
}

extension RandomUniform: OpenVINOWritable {
  func write(_ node: SubjectNode, _ out: LayerWriter) throws(ModelError) -> [Wire] {
    let drawn = try out.uniforms(out.integers(shape ?? []), node.result(0).shape, low: low, high: high, seed: seed)
    return [out.convert(drawn, to: dtype)]
  }
}

extension RandomUniformLike: OpenVINOWritable {
  func write(_ node: SubjectNode, _ out: LayerWriter) throws(ModelError) -> [Wire] {
    let x = try out.operand(0)
    return [out.convert(try out.uniforms(out.sizes(of: x), x.shape, low: low, high: high, seed: seed), to: dtype ?? x.element)]
  }
}

extension RandomNormal: OpenVINOWritable {
  func write(_ node: SubjectNode, _ out: LayerWriter) throws(ModelError) -> [Wire] {
    let drawn = try out.normals(out.integers(shape ?? []), node.result(0).shape, mean: mean, deviation: scale, seed: seed)
    return [out.convert(drawn, to: dtype)]
  }
}

extension RandomNormalLike: OpenVINOWritable {
  func write(_ node: SubjectNode, _ out: LayerWriter) throws(ModelError) -> [Wire] {
    let x = try out.operand(0)
    return [out.convert(try out.normals(out.sizes(of: x), x.shape, mean: mean, deviation: scale, seed: seed), to: dtype ?? x.element)]
  }
}

extension Bernoulli: OpenVINOWritable {
  func write(_ node: SubjectNode, _ out: LayerWriter) throws(ModelError) -> [Wire] {
    let x = try out.operand(0)
    let drawn = try out.draws(out.sizes(of: x), x.shape, seed: seed)
    return [out.convert(out.binary("Less", drawn, out.convert(x, to: .float32), gives: .bool), to: dtype ?? x.element)]
  }
}

/// Shares between 0 and 1 in place of the likelihoods that are given, whose exponentials may be too large.
extension Multinomial: OpenVINOWritable {
  func limits(_ node: SubjectNode) -> Rejection? {
    dtype == .int32 || dtype == .int64 ? nil : Rejection(.elementType, "outcomes as \(dtype.rawValue)")
  }

  func write(_ node: SubjectNode, _ out: LayerWriter) throws(ModelError) -> [Wire] {
    let likelihoods = out.convert(try out.operand(0), to: .float32)
    let shares = out.layer("LogSoftmax", 5, [likelihoods], [("axis", "1")], gives: .float32, likelihoods.shape)
    let data = [("convert_type", dtype == .int64 ? "i64" : "i32"), ("with_replacement", "true"), ("log_probs", "true")] + out.seeds(seed)
    return out.layer(
      Layer(
        name: out.drawsName, type: "Multinomial", opset: 13, data: data, inputs: [shares, try out.integer(sampleSize)],
        outputs: [.init(element: dtype, shape: node.result(0).shape)]))
  }
}
