import Diagnostics
import GraphIR
import Operators
import Rewriting

/// Says operators on quantised tensors as operators on floats, between `DequantizeLinear` and `QuantizeLinear`.
///
///     %y = com.microsoft::QLinearAdd(%a, sa, za, %b, sb, zb, s, z)
///       →   %y = QuantizeLinear(Add(DequantizeLinear(%a, sa, za), DequantizeLinear(%b, sb, zb)), s, z)
///
/// The same for QLinearMul, QLinearSigmoid, QLinearLeakyRelu, QLinearSoftmax, QLinearWhere, QLinearConcat, QLinearAveragePool and
/// QLinearGlobalAveragePool. Exact up to the rounding of what is quantised.
package struct DecomposeQLinear: NodeRule {
  package let roots = RuleRoots.operators([
    QLinearAdd.self, QLinearMul.self, QLinearSigmoid.self, QLinearLeakyRelu.self, QLinearConcat.self, QLinearAveragePool.self,
    QLinearGlobalAveragePool.self, QLinearSoftmax.self, QLinearWhere.self,
  ])

  package init() {}

  package func rewrite(_ root: MatchedNode, _ edit: inout Edit) throws(NoMatch) {
    let result: ValueID
    switch root.op {
    case is QLinearAdd: result = try binary(Add(), root, &edit)
    case is QLinearMul: result = try binary(Mul(), root, &edit)
    case is QLinearSigmoid: result = try unary(Sigmoid(), root, &edit)
    case let op as QLinearLeakyRelu:
      var relu = LeakyRelu()
      relu.alpha = op.alpha
      result = try unary(relu, root, &edit)
    case let op as QLinearSoftmax: result = try unary(op.softmax, root, &edit)
    case is QLinearWhere: result = try choice(root, &edit)
    case let op as QLinearAveragePool: result = try pool(op.pool, channelsLast: op.channelsLast, root, &edit)
    case let op as QLinearGlobalAveragePool: result = try pool(GlobalAveragePool(), channelsLast: op.channelsLast, root, &edit)
    case let op as QLinearConcat: result = try concat(op, root, &edit)
    default: throw NoMatch("another operator")
    }
    edit.replace(root.result, with: result)
  }

  private func binary(_ op: any Operator, _ root: MatchedNode, _ edit: inout Edit) throws(NoMatch) -> ValueID {
    let a = try edit.dequantized(root, 0)
    let b = try edit.dequantized(root, 3)
    return try edit.quantized(edit.emit(op, a, b), root, 6, like: root.operand(0))
  }

  private func unary(_ op: any Operator, _ root: MatchedNode, _ edit: inout Edit) throws(NoMatch) -> ValueID {
    try edit.quantized(edit.emit(op, edit.dequantized(root, 0)), root, 3, like: root.operand(0))
  }

  private func choice(_ root: MatchedNode, _ edit: inout Edit) throws(NoMatch) -> ValueID {
    let (a, b) = (try edit.dequantized(root, 1), try edit.dequantized(root, 4))
    return try edit.quantized(edit.emit(Where(), try root.operand(0).id, a, b), root, 7, like: root.operand(1))
  }

  private func pool(_ op: any Operator, channelsLast: Bool, _ root: MatchedNode, _ edit: inout Edit) throws(NoMatch) -> ValueID {
    var x = try edit.dequantized(root, 0)
    guard channelsLast else { return try edit.quantized(edit.emit(op, x), root, 3, like: root.operand(0)) }
    let rank = try root.operand(0).rank()
    try require(rank >= 3, "there are no spatial axes")
    x = edit.channelsFirst(x, rank: rank)
    let pooled = edit.channelsLast(edit.emit(op, x), rank: rank)
    return try edit.quantized(pooled, root, 3, like: root.operand(0))
  }

  private func concat(_ op: QLinearConcat, _ root: MatchedNode, _ edit: inout Edit) throws(NoMatch) -> ValueID {
    var parts: [ValueID] = []
    for index in stride(from: 2, to: root.operandCount - 2, by: 3) { parts.append(try edit.dequantized(root, index)) }
    try require(!parts.isEmpty, "there is nothing to join")
    var concat = Concat()
    concat.axis = op.axis
    return try edit.quantized(edit.emit(concat, operands: parts)[0], root, 0, like: root.operand(1))
  }
}

extension Edit {
  /// The operand at `index` as floats; its scale and zero point are the next two, or where it is said.
  mutating func dequantized(_ root: MatchedNode, _ index: Int, scale: Int? = nil, zero: Int? = nil) throws(NoMatch) -> ValueID {
    let factor = try sole(root.operand(scale ?? index + 1))
    let offset = try root.operandIfPresent(zero ?? index + 2).map { (zero) throws(NoMatch) in try sole(zero) }
    return emit(DequantizeLinear(), try root.operand(index).id, factor, offset)
  }

  /// `x` with the scale that is the operand at `index` and the zero point after it, in the element type of `example`.
  mutating func quantized(_ x: ValueID, _ root: MatchedNode, _ index: Int, like example: MatchedValue) throws(NoMatch) -> ValueID {
    let scale = try sole(root.operand(index))
    var op = QuantizeLinear()
    guard let zero = root.operandIfPresent(index + 1) else {
      op.outputDtype = try example.elementType()
      return emit(op, x, scale)
    }
    return emit(op, x, scale, try sole(zero))
  }

  /// A value of one element as a scalar, so that nobody takes it for one element an axis.
  private mutating func sole(_ value: MatchedValue) throws(NoMatch) -> ValueID {
    if try value.rank() == 0 { return value.id }
    guard value.isConstant else { return emit(Reshape(), value.id, constant([])) }
    let tensor = try value.constant()
    try require(tensor.count == 1, "there is more than one scale")
    return constant(try computing { () throws(ModelError) in try tensor.reshaped(to: []) })
  }
}
