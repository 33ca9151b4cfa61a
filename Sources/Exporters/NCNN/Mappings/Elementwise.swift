import Diagnostics
import GraphIR
import Operators
import Retargeting
import Tensors

/// An operator of one operand that is one layer.
private protocol SingleLayerUnary: NCNNWritable {
  var layer: (type: String, parameters: [(key: Int, value: Parameter)]) { get }
}

extension SingleLayerUnary {
  func write(_ node: SubjectNode, _ out: LayerWriter) throws(ModelError) -> [Blob?] {
    let x = try out.operand(0)
    return [out.layer(layer.type, [x], layer.parameters, sizes: x.sizes)]
  }
}

extension Elu: SingleLayerUnary { var layer: (type: String, parameters: [(key: Int, value: Parameter)]) { ("ELU", [(0, .float(alpha))]) } }
extension Erf: SingleLayerUnary { var layer: (type: String, parameters: [(key: Int, value: Parameter)]) { ("Erf", []) } }
extension Celu: SingleLayerUnary { var layer: (type: String, parameters: [(key: Int, value: Parameter)]) { ("CELU", [(0, .float(alpha))]) } }
extension Gelu: SingleLayerUnary {
  var layer: (type: String, parameters: [(key: Int, value: Parameter)]) { ("GELU", [(0, .int(approximate == .tanh ? 1 : 0))]) }
}
extension HardSigmoid: SingleLayerUnary {
  var layer: (type: String, parameters: [(key: Int, value: Parameter)]) { ("HardSigmoid", [(0, .float(alpha)), (1, .float(beta))]) }
}
extension HardSwish: SingleLayerUnary {
  var layer: (type: String, parameters: [(key: Int, value: Parameter)]) { ("HardSwish", [(0, .float(1 / 6)), (1, .float(0.5))]) }
}
extension Relu: SingleLayerUnary { var layer: (type: String, parameters: [(key: Int, value: Parameter)]) { ("ReLU", []) } }
extension LeakyRelu: SingleLayerUnary {
  var layer: (type: String, parameters: [(key: Int, value: Parameter)]) { ("ReLU", [(0, .float(alpha))]) }
}
extension Selu: SingleLayerUnary {
  var layer: (type: String, parameters: [(key: Int, value: Parameter)]) { ("SELU", [(0, .float(alpha)), (1, .float(gamma))]) }
}
extension Sigmoid: SingleLayerUnary { var layer: (type: String, parameters: [(key: Int, value: Parameter)]) { ("Sigmoid", []) } }
extension Softplus: SingleLayerUnary { var layer: (type: String, parameters: [(key: Int, value: Parameter)]) { ("Softplus", []) } }
extension Mish: SingleLayerUnary { var layer: (type: String, parameters: [(key: Int, value: Parameter)]) { ("Mish", []) } }
extension Tanh: SingleLayerUnary { var layer: (type: String, parameters: [(key: Int, value: Parameter)]) { ("TanH", []) } }

/// An operator of one operand that is a form of `UnaryOp`.
private protocol UnaryOpLayer: NCNNWritable { var code: UnaryCode { get } }

extension UnaryOpLayer {
  func write(_ node: SubjectNode, _ out: LayerWriter) throws(ModelError) -> [Blob?] { [out.unary(code, try out.operand(0))] }
}

extension Abs: UnaryOpLayer { var code: UnaryCode { .abs } }
extension Neg: UnaryOpLayer { var code: UnaryCode { .neg } }
extension Floor: UnaryOpLayer { var code: UnaryCode { .floor } }
extension Ceil: UnaryOpLayer { var code: UnaryCode { .ceil } }
extension Sqrt: UnaryOpLayer { var code: UnaryCode { .sqrt } }
extension Exp: UnaryOpLayer { var code: UnaryCode { .exp } }
extension Log: UnaryOpLayer { var code: UnaryCode { .log } }
extension Sin: UnaryOpLayer { var code: UnaryCode { .sin } }
extension Cos: UnaryOpLayer { var code: UnaryCode { .cos } }
extension Tan: UnaryOpLayer { var code: UnaryCode { .tan } }
extension Asin: UnaryOpLayer { var code: UnaryCode { .asin } }
extension Acos: UnaryOpLayer { var code: UnaryCode { .acos } }
extension Atan: UnaryOpLayer { var code: UnaryCode { .atan } }
extension Reciprocal: UnaryOpLayer { var code: UnaryCode { .reciprocal } }
extension Round: UnaryOpLayer { var code: UnaryCode { .round } }

/// `x · sigmoid(alpha · x)`.
extension Swish: NCNNWritable {
  func write(_ node: SubjectNode, _ out: LayerWriter) throws(ModelError) -> [Blob?] {
    let x = try out.operand(0)
    if alpha == 1 { return [out.layer("Swish", [x], sizes: x.sizes)] }
    return [out.binary(.mul, x, out.layer("Sigmoid", [out.binary(.mul, x, alpha)], sizes: x.sizes))]
  }
}

extension Softsign: NCNNWritable {
  func write(_ node: SubjectNode, _ out: LayerWriter) throws(ModelError) -> [Blob?] {
    let x = try out.operand(0)
    return [out.binary(.div, x, out.binary(.add, out.unary(.abs, x), 1))]
  }
}

extension Sign: NCNNWritable {
  func write(_ node: SubjectNode, _ out: LayerWriter) throws(ModelError) -> [Blob?] {
    let x = try out.operand(0)
    return [out.binary(.sub, out.isPositive(x), out.isPositive(out.unary(.neg, x)))]
  }
}

/// Nothing to compute: the operand's own blob.
extension Identity: NCNNWritable {
  var takesIntegers: Bool { true }
  func write(_ node: SubjectNode, _ out: LayerWriter) throws(ModelError) -> [Blob?] { [try out.operand(0)] }
}

extension Dropout: NCNNWritable {
  func dataOperands(_ node: SubjectNode) -> [Int] { [0] }

  func limits(_ node: SubjectNode) -> Rejection? {
    if node.isUsed(result: 1) { return Rejection(.operand, "the mask is used") }
    guard let training = node.operand(Operand.trainingMode) else { return nil }
    if training.constant.flatMap({ try? $0.integers() })?.first == 0 { return nil }
    return Rejection(.operand, "training mode", remedy: "export the model for inference")
  }

  func write(_ node: SubjectNode, _ out: LayerWriter) throws(ModelError) -> [Blob?] { [try out.operand(0)] }
}

/// A slope for each channel, or one for all, is PReLU's own; any other is written out: `max(x, 0) + slope · min(x, 0)`.
extension PRelu: NCNNWritable {
  func write(_ node: SubjectNode, _ out: LayerWriter) throws(ModelError) -> [Blob?] {
    let x = try out.operand(0)
    guard let shape = node.operand(0)?.shape, let layout = MatLayout(shape), let slopes = node.operand(1)?.shape else {
      throw ModelError(.notExpressible, "a PRelu of unknown shape")
    }
    let sizes = slopes.aligned(to: layout.axes, ofRank: shape.count)
    if let tensor = node.operand(1)?.constant, sizes.dropFirst().allSatisfy({ $0 == 1 }), x.sizes.count > 1 || tensor.count == 1 {
      return [out.layer("PReLU", [x], [(0, .int(tensor.count))], weights: [.plain(tensor)], sizes: x.sizes)]
    }
    let slope = try out.operand(1, as: sizes)
    return [out.binary(.add, out.binary(.max, x, 0), out.binary(.mul, out.binary(.min, x, 0), slope))]
  }
}

/// Bounds that are constants are `Clip`'s; any other are the larger and the smaller of two.
extension Clip: NCNNWritable {
  func limits(_ node: SubjectNode) -> Rejection? {
    let bounds = [Operand.min, .max].compactMap { node.operand($0) }
    return bounds.allSatisfy { $0.number != nil } ? nil : Rejection(.operand, "bounds that are not constants")
  }

  func write(_ node: SubjectNode, _ out: LayerWriter) throws(ModelError) -> [Blob?] {
    let x = try out.operand(0)
    let (low, high) = (node.operand(Operand.min)?.number, node.operand(Operand.max)?.number)
    let bounds: [(key: Int, value: Parameter)] = [
      (0, .float(low ?? -.greatestFiniteMagnitude)), (1, .float(high ?? .greatestFiniteMagnitude)),
    ]
    return [out.layer("Clip", [x], bounds, sizes: x.sizes)]
  }
}

/// Numbers keep their floats; fractions are cut off for an integer, anything but zero is true.
private protocol Casting: NCNNWritable {}

extension Cast: Casting {}
extension CastLike: Casting {}

extension Casting {
  var takesIntegers: Bool { true }
  func dataOperands(_ node: SubjectNode) -> [Int] { [0] }

  func limits(_ node: SubjectNode) -> Rejection? {
    let to = node.result(0).element ?? .float32
    guard let from = node.operand(0)?.element else { return nil }
    if from == .bool || from == to || to == .bool || to == .int64 || to == .int32 || [.float32, .float16, .bfloat16].contains(to) { return nil }
    if node.isClipped(to: to) { return nil }
    return Rejection(.elementType, "integers of \(to.rawValue), which wrap around: ncnn computes with floats")
  }

  func write(_ node: SubjectNode, _ out: LayerWriter) throws(ModelError) -> [Blob?] {
    let x = try out.operand(0)
    let to = node.result(0).element ?? .float32
    let isFraction = node.operand(0)?.element?.isFloatingPoint ?? true
    if to == .bool { return [node.operand(0)?.element == .bool ? x : out.isPositive(out.unary(.abs, x))] }
    return [isFraction && !to.isFloatingPoint ? out.unary(.trunc, x) : x]
  }
}

extension LayerWriter {
  /// 1 where `x` is larger than 0, else 0.
  func isPositive(_ x: Blob) -> Blob { layer("Threshold", [x], [(0, .float(0))], sizes: x.sizes) }

  /// 1 − x.
  func complement(_ x: Blob) -> Blob { binary(.reversedSub, x, 1) }
}

extension Fact {
  /// The value of a constant of one element.
  var number: Float? { constant.flatMap { $0.count == 1 ? (try? $0.floats())?.first : nil } }
}

/// `x` where it is larger than `alpha`, else 0.
extension ThresholdedRelu: NCNNWritable {
  func write(_ node: SubjectNode, _ out: LayerWriter) throws(ModelError) -> [Blob?] {
    let x = try out.operand(0)
    return [out.binary(.mul, x, out.layer("Threshold", [x], [(0, .float(alpha))], sizes: x.sizes))]
  }
}
