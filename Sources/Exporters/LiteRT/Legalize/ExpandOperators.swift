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
    for index in 1...4 { operands.append(try bn.node.operand(index).constant()) }
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
}

/// Layer normalisation by means and a root. Exact up to rounding.
struct ExpandLayerNormalization: RewriteRule {
  func rewrite(_ norm: Matched<LayerNormalization>, _ edit: inout Edit) throws(NoMatch) {
    try require(norm.node.isUnused(result: 1) && norm.node.isUnused(result: 2), "mean or deviation is used")
    let x = try norm[.x]
    let rank = try x.rank()
    let element = try x.elementType()
    let first = norm.op.axis < 0 ? norm.op.axis + rank : norm.op.axis
    let axes = edit.constant(Array(first..<rank))
    let small = edit.constant(try edit.computing { () throws(ModelError) in try Tensor.scalar(norm.op.epsilon).converted(to: element) })
    let centered = edit.emit(Sub(), x.id, edit.emit(ReduceMean(), x.id, axes))
    let variance = edit.emit(ReduceMean(), edit.emit(Mul(), centered, centered), axes)
    let deviation = edit.emit(Sqrt(), edit.emit(Add(), variance, small))
    var result = edit.emit(Mul(), edit.emit(Div(), centered, deviation), try norm[.scale].id)
    if let bias = norm.ifPresent(.bias) { result = edit.emit(Add(), result, bias.id) }
    edit.replace(norm.result, with: result)
  }
}

/// A clipped line: `max(0, min(1, alpha·x + beta))`. Exact up to rounding.
struct ExpandHardSigmoid: RewriteRule {
  func rewrite(_ node: Matched<HardSigmoid>, _ edit: inout Edit) throws(NoMatch) {
    let x = try node[.x]
    let element = try x.elementType()
    func number(_ value: Float, _ edit: inout Edit) throws(NoMatch) -> ValueID {
      edit.constant(try edit.computing { () throws(ModelError) in try Tensor.scalar(value).converted(to: element) })
    }
    let line = edit.emit(Add(), edit.emit(Mul(), x.id, try number(node.op.alpha, &edit)), try number(node.op.beta, &edit))
    edit.replace(node.result, with: edit.emit(Clip(), line, try number(0, &edit), try number(1, &edit)))
  }
}
