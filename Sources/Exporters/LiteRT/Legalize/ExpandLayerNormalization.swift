import Diagnostics
import GraphIR
import Operators
import Rewriting
import Tensors

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
