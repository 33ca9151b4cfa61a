import Diagnostics
import GraphIR
import Operators
import Retargeting
import Tensors

/// An operator of two broadcast operands that is one layer.
private protocol SingleLayerBinary: OpenVINOWritable {
  static var layerType: String { get }
}

extension SingleLayerBinary {
  func write(_ node: SubjectNode, _ out: LayerWriter) throws(ModelError) -> [Wire] {
    [out.binary(Self.layerType, try out.operand(0), try out.operand(1), gives: node.result(0).element)]
  }
}

extension Add: SingleLayerBinary { static let layerType = "Add" }
extension Sub: SingleLayerBinary { static let layerType = "Subtract" }
extension Mul: SingleLayerBinary { static let layerType = "Multiply" }
extension Div: SingleLayerBinary { static let layerType = "Divide" }
extension Equal: SingleLayerBinary { static let layerType = "Equal" }
extension Less: SingleLayerBinary { static let layerType = "Less" }
extension LessOrEqual: SingleLayerBinary { static let layerType = "LessEqual" }
/// As `Less` of the operands exchanged: on some processors the plugin's `Greater` holds where one is NaN.
extension Greater: OpenVINOWritable {
  func write(_ node: SubjectNode, _ out: LayerWriter) throws(ModelError) -> [Wire] {
    [out.binary("Less", try out.operand(1), try out.operand(0), gives: .bool)]
  }
}
extension GreaterOrEqual: OpenVINOWritable {
  func write(_ node: SubjectNode, _ out: LayerWriter) throws(ModelError) -> [Wire] {
    [out.binary("LessEqual", try out.operand(1), try out.operand(0), gives: .bool)]
  }
}
extension And: SingleLayerBinary { static let layerType = "LogicalAnd" }
extension Or: SingleLayerBinary { static let layerType = "LogicalOr" }
extension Xor: SingleLayerBinary { static let layerType = "LogicalXor" }

/// OpenVINO's base and exponent have one element type.
extension Pow: OpenVINOWritable {
  func write(_ node: SubjectNode, _ out: LayerWriter) throws(ModelError) -> [Wire] {
    let (base, exponent) = (try out.operand(0), try out.operand(1))
    guard base.element != exponent.element else { return [out.binary("Power", base, exponent)] }
    guard base.element.isInteger, exponent.element.isFloatingPoint else {
      return [out.binary("Power", base, out.convert(exponent, to: base.element))]
    }
    return [out.convert(out.binary("Power", out.convert(base, to: exponent.element), exponent), to: base.element)]
  }
}

/// `Mod` has the dividend's sign, `FloorMod` the divisor's. By an infinite divisor the runtime gives no number; what remains is the dividend,
/// or the divisor where their signs differ.
extension Mod: OpenVINOWritable {
  func write(_ node: SubjectNode, _ out: LayerWriter) throws(ModelError) -> [Wire] {
    let (x, y) = (try out.operand(0), try out.operand(1))
    let remainder = out.binary(fmod ? "Mod" : "FloorMod", x, y)
    let isFinite = node.operand(1)?.constant.flatMap { try? $0.doubles() }?.allSatisfy(\.isFinite) ?? false
    guard !fmod, x.element.isFloatingPoint, !isFinite else { return [remainder] }
    let zero = try out.scalar(0, x.element)
    let differ = out.binary("Less", out.binary("Multiply", out.layer("Sign", 1, [x], gives: x.element, x.shape), y), zero, gives: .bool)
    let shape = remainder.shape
    func chosen(_ condition: Wire, _ yes: Wire, _ no: Wire) -> Wire {
      out.layer("Select", 1, [condition, yes, no], [("auto_broadcast", "numpy")], gives: x.element, shape)
    }
    // Of an infinite dividend no number is left.
    let rest = out.binary("Add", chosen(differ, y, x), out.binary("Subtract", x, x))
    let isInfinite = out.binary("Equal", out.layer("Abs", 1, [y], gives: y.element, y.shape), try out.scalar(.infinity, y.element), gives: .bool)
    return [chosen(isInfinite, rest, remainder)]
  }
}

/// An operator of any number of operands, as a chain of layers of two.
private protocol Chain: OpenVINOWritable {
  static var layerType: String { get }
}

extension Chain {
  func chain(_ out: LayerWriter) throws(ModelError) -> Wire {
    var result = try out.operand(0)
    for next in out.allOperands.dropFirst() { result = out.binary(Self.layerType, result, next) }
    return result
  }

  func write(_ node: SubjectNode, _ out: LayerWriter) throws(ModelError) -> [Wire] { [try chain(out)] }
}

extension Max: Chain { static let layerType = "Maximum" }
extension Min: Chain { static let layerType = "Minimum" }
extension Sum: Chain { static let layerType = "Add" }
extension Mean: Chain {
  static let layerType = "Add"
  func write(_ node: SubjectNode, _ out: LayerWriter) throws(ModelError) -> [Wire] {
    let sum = try chain(out)
    return [out.binary("Divide", sum, try out.scalar(Double(out.allOperands.count), sum.element))]
  }
}

extension Where: OpenVINOWritable {
  func write(_ node: SubjectNode, _ out: LayerWriter) throws(ModelError) -> [Wire] {
    let operands = [try out.operand(0), try out.operand(1), try out.operand(2)]
    return [out.layer("Select", 1, operands, [("auto_broadcast", "numpy")], as: node.result(0))]
  }
}

extension MatMul: OpenVINOWritable {
  func write(_ node: SubjectNode, _ out: LayerWriter) throws(ModelError) -> [Wire] {
    let data = [("transpose_a", "false"), ("transpose_b", "false")]
    return [out.layer("MatMul", 1, [try out.operand(0), try out.operand(1)], data, as: node.result(0))]
  }
}

/// `alpha · a · b + beta · c`; factors of 1 are not written.
extension Gemm: OpenVINOWritable {
  func write(_ node: SubjectNode, _ out: LayerWriter) throws(ModelError) -> [Wire] {
    let (a, b) = (try out.operand(0), try out.operand(1))
    var result = out.layer(
      "MatMul", 1, [a, b], [("transpose_a", transA.text), ("transpose_b", transB.text)], as: node.result(0))
    if alpha != 1 { result = out.binary("Multiply", result, try out.scalar(Double(alpha), a.element)) }
    guard var c = out.operandIfPresent(2), beta != 0 else { return [result] }
    if beta != 1 { c = out.binary("Multiply", c, try out.scalar(Double(beta), a.element)) }
    return [out.binary("Add", result, c)]
  }
}
