import Diagnostics
import GraphIR
import Operators
import Retargeting
import Tensors

extension BatchNormalization: OpenVINOWritable {
  func limits(_ node: SubjectNode) -> Rejection? {
    trainingMode ? Rejection(.attribute, "training mode", remedy: "export the model for inference") : nil
  }

  func write(_ node: SubjectNode, _ out: LayerWriter) throws(ModelError) -> [Wire] {
    var operands: [Wire] = []
    for index in 0..<5 { operands.append(try out.operand(index)) }
    return [out.layer("BatchNormInference", 5, operands, [("epsilon", "\(epsilon)")], as: node.result(0))]
  }
}

extension LayerWriter {
  /// `(x − mean) / √(variance + epsilon)` over `axes`.
  fileprivate func standardized(_ x: Wire, axes: [Int], epsilon: Float) throws(ModelError) -> Wire {
    let data = [("eps", "\(epsilon)"), ("normalize_variance", "true"), ("eps_mode", "INSIDE_SQRT")]
    return try layer("MVN", 6, [x, integers(axes)], data, gives: x.element, x.shape)
  }

  /// A vector over the channels of `x`, so that it is broadcast along axis 1.
  fileprivate func overChannels(_ vector: Wire, rank: Int) throws(ModelError) -> Wire {
    try reshape(vector, [1, -1] + [Int](repeating: 1, count: max(0, rank - 2)))
  }
}

/// The mean and the deviation, where they are used, are reductions of their own.
extension LayerNormalization: OpenVINOWritable {
  func limits(_ node: SubjectNode) -> Rejection? {
    node.operand(0)?.shape == nil ? Rejection(.rank, "a tensor of unknown rank") : nil
  }

  func write(_ node: SubjectNode, _ out: LayerWriter) throws(ModelError) -> [Wire] {
    let x = try out.operand(0)
    let rank = x.rank ?? 1
    let axes = Array((axis < 0 ? axis + rank : axis)..<max(rank, 1))
    var result = out.binary("Multiply", try out.standardized(x, axes: axes, epsilon: epsilon), try out.operand(1))
    if let bias = out.operandIfPresent(2) { result = out.binary("Add", result, bias) }
    guard node.isUsed(result: 1) || node.isUsed(result: 2) else { return [result] }
    let wide = out.convert(x, to: node.result(1).element ?? .float32)
    let mean = try out.reduce("ReduceMean", wide, axes: axes, keep: true)
    let difference = out.binary("Subtract", wide, mean)
    let variance = try out.reduce("ReduceMean", out.binary("Multiply", difference, difference), axes: axes, keep: true)
    let shifted = out.binary("Add", variance, try out.scalar(Double(epsilon), wide.element))
    let deviation = out.layer("Sqrt", 1, [shifted], gives: wide.element, shifted.shape)
    return [result, mean, out.binary("Divide", try out.scalar(1, wide.element), deviation)]
  }
}

extension InstanceNormalization: OpenVINOWritable {
  func limits(_ node: SubjectNode) -> Rejection? {
    node.operand(0)?.shape == nil ? Rejection(.rank, "a tensor of unknown rank") : nil
  }

  func write(_ node: SubjectNode, _ out: LayerWriter) throws(ModelError) -> [Wire] {
    let x = try out.operand(0)
    let rank = x.rank ?? 3
    let flat = try out.standardized(x, axes: Array(2..<max(rank, 2)), epsilon: epsilon)
    let scaled = out.binary("Multiply", flat, try out.overChannels(out.operand(1), rank: rank))
    return [out.binary("Add", scaled, try out.overChannels(out.operand(2), rank: rank))]
  }
}

extension GroupNormalization: OpenVINOWritable {
  func write(_ node: SubjectNode, _ out: LayerWriter) throws(ModelError) -> [Wire] {
    let operands = [try out.operand(0), try out.operand(1), try out.operand(2)]
    return [
      out.layer("GroupNormalization", 12, operands, [("num_groups", String(numGroups)), ("epsilon", "\(epsilon)")], as: node.result(0))
    ]
  }
}

/// A norm of zero divides by one.
extension LpNormalization: OpenVINOWritable {
  func limits(_ node: SubjectNode) -> Rejection? {
    axis < 0 && node.operand(0)?.shape == nil ? Rejection(.rank, "an axis counted from the end of a tensor of unknown rank") : nil
  }

  func write(_ node: SubjectNode, _ out: LayerWriter) throws(ModelError) -> [Wire] {
    let x = try out.operand(0)
    let along = axis < 0 ? axis + (x.rank ?? 0) : axis
    let norm = try out.reduce(p == 1 ? "ReduceL1" : "ReduceL2", x, axes: [along], keep: true)
    let isZero = out.binary("Equal", norm, try out.scalar(0, x.element), gives: .bool)
    let divisor = out.layer(
      "Select", 1, [isZero, try out.scalar(1, x.element), norm], [("auto_broadcast", "numpy")], gives: x.element, norm.shape)
    return [out.binary("Divide", x, divisor)]
  }
}

extension LRN: OpenVINOWritable {
  func write(_ node: SubjectNode, _ out: LayerWriter) throws(ModelError) -> [Wire] {
    let data = [("alpha", "\(alpha)"), ("beta", "\(beta)"), ("bias", "\(bias)"), ("size", String(size))]
    return [out.layer("LRN", 1, [try out.operand(0), try out.integers([1])], data, as: node.result(0))]
  }
}
