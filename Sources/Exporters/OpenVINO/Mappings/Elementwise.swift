import Diagnostics
import GraphIR
import Operators
import Retargeting
import Tensors

/// An operator of one operand that is one layer.
private protocol SingleLayerUnary: OpenVINOWritable {
  /// The layer's type, the operator set it comes from, its attributes.
  var layer: (type: String, opset: Int, data: [(String, String)]) { get }
}

extension SingleLayerUnary {
  func write(_ node: SubjectNode, _ out: LayerWriter) throws(ModelError) -> [Wire] {
    [out.layer(layer.type, layer.opset, [try out.operand(0)], layer.data, as: node.result(0))]
  }
}

extension Abs: SingleLayerUnary { var layer: (type: String, opset: Int, data: [(String, String)]) { ("Abs", 1, []) } }
extension Ceil: SingleLayerUnary { var layer: (type: String, opset: Int, data: [(String, String)]) { ("Ceiling", 1, []) } }
extension Cos: SingleLayerUnary { var layer: (type: String, opset: Int, data: [(String, String)]) { ("Cos", 1, []) } }
extension Elu: SingleLayerUnary { var layer: (type: String, opset: Int, data: [(String, String)]) { ("Elu", 1, [("alpha", "\(alpha)")]) } }
extension Erf: SingleLayerUnary { var layer: (type: String, opset: Int, data: [(String, String)]) { ("Erf", 1, []) } }
extension Exp: SingleLayerUnary { var layer: (type: String, opset: Int, data: [(String, String)]) { ("Exp", 1, []) } }
extension Floor: SingleLayerUnary { var layer: (type: String, opset: Int, data: [(String, String)]) { ("Floor", 1, []) } }
extension Gelu: SingleLayerUnary {
  var layer: (type: String, opset: Int, data: [(String, String)]) {
    ("Gelu", 7, [("approximation_mode", approximate == .tanh ? "TANH" : "ERF")])
  }
}
extension HardSwish: SingleLayerUnary { var layer: (type: String, opset: Int, data: [(String, String)]) { ("HSwish", 4, []) } }
extension IsInf: SingleLayerUnary {
  var layer: (type: String, opset: Int, data: [(String, String)]) {
    ("IsInf", 10, [("detect_negative", detectNegative.text), ("detect_positive", detectPositive.text)])
  }
}
extension IsNaN: SingleLayerUnary { var layer: (type: String, opset: Int, data: [(String, String)]) { ("IsNaN", 10, []) } }
extension Log: SingleLayerUnary { var layer: (type: String, opset: Int, data: [(String, String)]) { ("Log", 1, []) } }
extension Neg: SingleLayerUnary { var layer: (type: String, opset: Int, data: [(String, String)]) { ("Negative", 1, []) } }
extension Not: SingleLayerUnary { var layer: (type: String, opset: Int, data: [(String, String)]) { ("LogicalNot", 1, []) } }
extension Relu: SingleLayerUnary { var layer: (type: String, opset: Int, data: [(String, String)]) { ("ReLU", 1, []) } }
extension Round: SingleLayerUnary {
  var layer: (type: String, opset: Int, data: [(String, String)]) { ("Round", 5, [("mode", "half_to_even")]) }
}
extension Sigmoid: SingleLayerUnary { var layer: (type: String, opset: Int, data: [(String, String)]) { ("Sigmoid", 1, []) } }
extension Sign: SingleLayerUnary { var layer: (type: String, opset: Int, data: [(String, String)]) { ("Sign", 1, []) } }
extension Sin: SingleLayerUnary { var layer: (type: String, opset: Int, data: [(String, String)]) { ("Sin", 1, []) } }
extension Softplus: SingleLayerUnary { var layer: (type: String, opset: Int, data: [(String, String)]) { ("SoftPlus", 4, []) } }
extension Softsign: SingleLayerUnary { var layer: (type: String, opset: Int, data: [(String, String)]) { ("SoftSign", 9, []) } }
extension Sqrt: SingleLayerUnary { var layer: (type: String, opset: Int, data: [(String, String)]) { ("Sqrt", 1, []) } }
extension Tanh: SingleLayerUnary { var layer: (type: String, opset: Int, data: [(String, String)]) { ("Tanh", 1, []) } }

/// Nothing to compute: the operand's own wire.
extension Identity: OpenVINOWritable {
  func write(_ node: SubjectNode, _ out: LayerWriter) throws(ModelError) -> [Wire] { [try out.operand(0)] }
}

extension Dropout: OpenVINOWritable {
  func limits(_ node: SubjectNode) -> Rejection? {
    guard let training = node.operand(Operand.trainingMode) else { return nil }
    if training.constant.flatMap({ try? $0.integers() })?.first == 0 { return nil }
    return Rejection(.operand, "training mode", remedy: "export the model for inference")
  }

  func write(_ node: SubjectNode, _ out: LayerWriter) throws(ModelError) -> [Wire] {
    let x = try out.operand(0)
    guard node.isUsed(result: 1) else { return [x] }
    let kept = try out.constant(Tensor(.bool, [], elements: [UInt8(1)]))
    return [x, out.layer("Broadcast", 3, [kept, try out.sizes(of: x)], [("mode", "numpy")], as: node.result(1))]
  }
}

extension Reciprocal: OpenVINOWritable {
  func write(_ node: SubjectNode, _ out: LayerWriter) throws(ModelError) -> [Wire] {
    let x = try out.operand(0)
    return [out.binary("Divide", try out.scalar(1, x.element), x)]
  }
}

/// OpenVINO's `HardSigmoid` is computed element by element on plain tensors, with reorderings around it; `HSigmoid` and `Clamp` become part of
/// the convolution before them.
extension HardSigmoid: OpenVINOWritable {
  func write(_ node: SubjectNode, _ out: LayerWriter) throws(ModelError) -> [Wire] {
    let x = try out.operand(0)
    if abs(alpha - 1 / 6) < 1e-6, beta == 0.5 { return [out.layer("HSigmoid", 5, [x], as: node.result(0))] }
    var line = out.binary("Multiply", x, try out.scalar(Double(alpha), x.element))
    if beta != 0 { line = out.binary("Add", line, try out.scalar(Double(beta), x.element)) }
    return [out.layer("Clamp", 1, [line], [("min", "0"), ("max", "1")], as: node.result(0))]
  }
}

extension Selu: OpenVINOWritable {
  func write(_ node: SubjectNode, _ out: LayerWriter) throws(ModelError) -> [Wire] {
    let x = try out.operand(0)
    return [
      out.layer("Selu", 1, [x, try out.scalar(Double(alpha), x.element), try out.scalar(Double(gamma), x.element)], as: node.result(0))
    ]
  }
}

extension LeakyRelu: OpenVINOWritable {
  func write(_ node: SubjectNode, _ out: LayerWriter) throws(ModelError) -> [Wire] {
    let x = try out.operand(0)
    let slope = try out.constant(Tensor(.float64, [1], elements: [Double(alpha)]).converted(to: x.element))
    return [out.layer("PReLU", 1, [x, slope], as: node.result(0))]
  }
}

/// A slope for each channel, or one for all, is PReLU's own; any other is written out: `max(x, 0) + slope · min(x, 0)`.
extension PRelu: OpenVINOWritable {
  func write(_ node: SubjectNode, _ out: LayerWriter) throws(ModelError) -> [Wire] {
    let (x, slope) = (try out.operand(0), try out.operand(1))
    if let count = slopeCount(node) {
      return [out.layer("PReLU", 1, [x, try out.reshape(slope, [count])], as: node.result(0))]
    }
    let zero = try out.scalar(0, x.element)
    let negative = out.binary("Multiply", slope, out.binary("Minimum", x, zero))
    return [out.binary("Add", out.binary("Maximum", x, zero), negative)]
  }

  private func slopeCount(_ node: SubjectNode) -> Int? {
    guard let shape = node.operand(1)?.shape?.map(\.number), let rank = node.operand(0)?.shape?.count else { return nil }
    if shape.allSatisfy({ $0 == 1 }) { return 1 }
    let channel = shape.count - rank + 1
    guard rank >= 2, channel >= 0, channel < shape.count, let count = shape[channel] else { return nil }
    return shape.indices.allSatisfy { $0 == channel || shape[$0] == 1 } ? count : nil
  }
}

/// Bounds that are constants are `Clamp`'s, for floats; any other are `Maximum` and `Minimum`.
extension Clip: OpenVINOWritable {
  func write(_ node: SubjectNode, _ out: LayerWriter) throws(ModelError) -> [Wire] {
    let x = try out.operand(0)
    if x.element == .float32, let low = bound(node.operand(Operand.min)), let high = bound(node.operand(Operand.max)), low <= high {
      return [out.layer("Clamp", 1, [x], [("min", "\(low)"), ("max", "\(high)")], as: node.result(0))]
    }
    var result = x
    if let low = out.operandIfPresent(Operand.min) { result = out.binary("Maximum", result, low) }
    if let high = out.operandIfPresent(Operand.max) { result = out.binary("Minimum", result, high) }
    return [result]
  }

  private func bound(_ fact: Fact?) -> Float? {
    guard let tensor = fact?.constant, tensor.element == .float32, tensor.count == 1 else { return nil }
    return (try? tensor.elements(as: Float.self))?.first.flatMap { $0.isFinite ? $0 : nil }
  }
}

/// A number becomes a truth value by comparison with zero.
extension Cast: OpenVINOWritable {
  func limits(_ node: SubjectNode) -> Rejection? {
    to.openVINO == nil ? Rejection(.elementType, "OpenVINO has no elements of \(to.rawValue)") : nil
  }

  func write(_ node: SubjectNode, _ out: LayerWriter) throws(ModelError) -> [Wire] {
    let x = try out.operand(0)
    return [try out.cast(x, to: to, saturating: saturate, roundMode)]
  }
}
