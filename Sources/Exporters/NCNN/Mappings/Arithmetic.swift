import Diagnostics
import GraphIR
import Operators
import Retargeting
import Tensors

extension LayerWriter {
  /// All operands of a node that broadcasts, laid out beside its result; a number in place of a constant of one element.
  fileprivate func broadcastOperands(_ node: SubjectNode) throws(ModelError) -> [Operand] {
    guard let shape = node.result(0).shape, let layout = MatLayout(shape) else { throw ModelError(.notExpressible, "a result has no layout") }
    var list: [Operand] = []
    for index in 0..<node.operandCount {
      guard let fact = node.operand(index), let own = fact.shape else { throw ModelError(.notExpressible, "operand \(index) has no shape") }
      let sizes = own.aligned(to: layout.axes, ofRank: shape.count)
      if let number = fact.number, number.isFinite { list.append(.number(number, sizes)) } else { list.append(.blob(try operand(index, as: sizes))) }
    }
    return list
  }

  fileprivate enum Operand {
    case blob(Blob)
    case number(Float, [Dim])
  }

  /// Two operands in one layer, the second or the first of which may be a number.
  fileprivate func combine(_ code: BinaryCode, _ a: Operand, _ b: Operand) throws(ModelError) -> Blob {
    switch (a, b) {
    case (.blob(let a), .blob(let b)): return binary(code, a, b)
    case (.blob(let a), .number(let b, let sizes)) where sizes.count == a.sizes.count: return binary(code, a, b)
    case (.number(let a, let sizes), .blob(let b)) where sizes.count == b.sizes.count: return binary(code.reversed, b, a)
    default: return try binary(code, asBlob(a), asBlob(b))
    }
  }

  private func asBlob(_ operand: Operand) throws(ModelError) -> Blob {
    switch operand {
    case .blob(let blob): return blob
    case .number(let value, let sizes): return try constant(Tensor.scalar(value), sizes)
    }
  }

  /// Operands broadcast to a result and combined from left to right.
  fileprivate func fold(_ code: BinaryCode, _ node: SubjectNode) throws(ModelError) -> Blob {
    let operands = try broadcastOperands(node)
    guard var result = operands.first else { throw ModelError(.notExpressible, "no operands") }
    for next in operands.dropFirst() { result = .blob(try combine(code, result, next)) }
    return try asBlob(result)
  }
}

extension LayerWriter {
  /// `c · a + (1 − c) · b` of a node's three operands.
  func weighed(_ node: SubjectNode) throws(ModelError) -> Blob {
    let operands = try broadcastOperands(node)
    guard operands.count == 3, case .blob(let condition) = operands[0] else { throw ModelError(.notExpressible, "a constant condition") }
    let chosen = try combine(.mul, .blob(condition), operands[1])
    return binary(.add, chosen, try combine(.mul, .blob(complement(condition)), operands[2]))
  }
}

extension BinaryCode {
  /// The form with the operands exchanged.
  fileprivate var reversed: BinaryCode {
    switch self {
    case .sub: .reversedSub
    case .div: .reversedDiv
    case .pow: .reversedPow
    case .reversedSub: .sub
    case .reversedDiv: .div
    case .reversedPow: .pow
    case .add, .mul, .max, .min: self
    }
  }
}

private protocol BinaryOpLayer: NCNNWritable { var code: BinaryCode { get } }

extension BinaryOpLayer {
  func write(_ node: SubjectNode, _ out: LayerWriter) throws(ModelError) -> [Blob?] { [try out.fold(code, node)] }
}

extension Add: BinaryOpLayer { var code: BinaryCode { .add } }
extension Sub: BinaryOpLayer { var code: BinaryCode { .sub } }
extension Mul: BinaryOpLayer { var code: BinaryCode { .mul } }
extension Div: BinaryOpLayer { var code: BinaryCode { .div } }
extension Max: BinaryOpLayer { var code: BinaryCode { .max } }
extension Min: BinaryOpLayer { var code: BinaryCode { .min } }
extension Sum: BinaryOpLayer { var code: BinaryCode { .add } }

/// A square and a root have forms of their own; `pow` of a negative number is right for whole exponents alone, as in ONNX.
extension Pow: NCNNWritable {
  func write(_ node: SubjectNode, _ out: LayerWriter) throws(ModelError) -> [Blob?] {
    switch node.operand(1)?.number {
    case 2 where node.operand(0)?.shape == node.result(0).shape: return [out.unary(.square, try out.operand(0))]
    case 0.5 where node.operand(0)?.shape == node.result(0).shape: return [out.unary(.sqrt, try out.operand(0))]
    default: return [try out.fold(.pow, node)]
    }
  }
}

extension Mean: NCNNWritable {
  func write(_ node: SubjectNode, _ out: LayerWriter) throws(ModelError) -> [Blob?] {
    [out.binary(.div, try out.fold(.add, node), Float(node.operandCount))]
  }
}

/// Comparisons give 1 and 0: `a > b` where `a − b` is positive.
private protocol Comparing: NCNNWritable {
  func compare(_ difference: Blob, _ out: LayerWriter) -> Blob
}

extension Comparing {
  var takesIntegers: Bool { true }
  func write(_ node: SubjectNode, _ out: LayerWriter) throws(ModelError) -> [Blob?] { [compare(try out.fold(.sub, node), out)] }
}

extension Greater: Comparing { func compare(_ d: Blob, _ out: LayerWriter) -> Blob { out.isPositive(d) } }
extension Less: Comparing { func compare(_ d: Blob, _ out: LayerWriter) -> Blob { out.isPositive(out.unary(.neg, d)) } }
extension GreaterOrEqual: Comparing {
  func compare(_ d: Blob, _ out: LayerWriter) -> Blob { out.complement(out.isPositive(out.unary(.neg, d))) }
}
extension LessOrEqual: Comparing { func compare(_ d: Blob, _ out: LayerWriter) -> Blob { out.complement(out.isPositive(d)) } }
extension Equal: Comparing {
  func compare(_ d: Blob, _ out: LayerWriter) -> Blob { out.complement(out.isPositive(out.unary(.abs, d))) }
}

private protocol TruthLayer: BinaryOpLayer {}
extension TruthLayer { var takesIntegers: Bool { true } }
extension And: TruthLayer { var code: BinaryCode { .mul } }
extension Or: TruthLayer { var code: BinaryCode { .max } }

extension Xor: NCNNWritable {
  var takesIntegers: Bool { true }
  func write(_ node: SubjectNode, _ out: LayerWriter) throws(ModelError) -> [Blob?] { [out.unary(.abs, try out.fold(.sub, node))] }
}

extension Not: NCNNWritable {
  var takesIntegers: Bool { true }
  func write(_ node: SubjectNode, _ out: LayerWriter) throws(ModelError) -> [Blob?] { [out.complement(try out.operand(0))] }
}
