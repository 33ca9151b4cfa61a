import Diagnostics
import GraphIR
import Operators
import Rewriting
import Tensors

/// A batch normalisation at inference is a product and a sum, which work in either order of axes. Exact up to rounding.
struct ScaleAndShiftChannels: RewriteRule {
  func rewrite(_ bn: Matched<BatchNormalization>, _ edit: inout Edit) throws(NoMatch) {
    try require(!bn.op.trainingMode, "in training mode")
    let x = try bn[.x]
    let rank = try x.rank()
    var operands: [Tensor] = []
    for index in 1...4 { operands.append(try constant(bn.node.operand(index), &edit)) }
    let parameters = operands
    let element = try x.elementType()
    let shape = [1, parameters[0].count] + [Int](repeating: 1, count: max(0, rank - 2))
    let epsilon = bn.op.epsilon
    func vector(_ combine: @escaping (Float, Float, Float, Float) -> Float, _ edit: inout Edit) throws(NoMatch) -> ValueID {
      edit.constant(try edit.computing { () throws(ModelError) in
        let (s, b) = try (parameters[0].floats(), parameters[1].floats())
        let (m, v) = try (parameters[2].floats(), parameters[3].floats())
        let numbers = s.indices.map { combine(s[$0], b[$0], m[$0], v[$0]) }
        return try Tensor(.float32, shape, elements: numbers).converted(to: element)
      })
    }
    let factor = try vector({ s, _, _, v in s / (v + epsilon).squareRoot() }, &edit)
    let shift = try vector({ s, b, m, v in b - m * s / (v + epsilon).squareRoot() }, &edit)
    edit.replace(bn.result, with: edit.emit(Add(), edit.emit(Mul(), x.id, factor), shift))
  }

  /// A parameter, which quantised models may have as integers.
  private func constant(_ value: MatchedValue, _ edit: inout Edit) throws(NoMatch) -> Tensor {
    guard !value.isConstant, let node = try? value.producerAllowingOtherUses(DequantizeLinear.self) else { return try value.constant() }
    let (stored, scale) = (try node[.x].constant(), try node[.scale].constant())
    let zero = try node.ifPresent(.zeroPoint).map { (zero) throws(NoMatch) in try zero.constant() }
    return try edit.computing { () throws(ModelError) in try node.op.evaluate(Operands([stored, scale, zero]))[0] }
  }
}
