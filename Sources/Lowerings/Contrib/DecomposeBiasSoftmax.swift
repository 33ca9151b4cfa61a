import GraphIR
import Operators
import Rewriting

/// Says a softmax of a sum in standard operators. Exact.
///
///     %y = com.microsoft::BiasSoftmax(%x, %b) {axis: last}    →   %y = Softmax(Add(%x, %b))
///     %y = com.microsoft::BiasSoftmax(%x, %b) {axis: other}   →   %y = Reshape(Softmax(Flatten(Add(%x, %b)) {axis}), Shape(%x))
package struct DecomposeBiasSoftmax: RewriteRule {
  package init() {}

  package func rewrite(_ root: Matched<BiasSoftmax>, _ edit: inout Edit) throws(NoMatch) {
    let (x, bias) = try (root[.data], root[.bias])
    let rank = try x.rank()
    let axis = root.op.axis < 0 ? root.op.axis + rank : root.op.axis
    try require(axis >= 0 && axis < rank, "the axis is outside")
    let sum = edit.emit(Add(), x.id, bias.id)
    if axis == rank - 1 { return edit.replace(root.result, with: edit.emit(Softmax(), sum)) }
    var flat = Flatten()
    flat.axis = axis
    let softmax = edit.emit(Softmax(), edit.emit(flat, sum))
    edit.replace(root.result, with: edit.emit(Reshape(), softmax, edit.emit(ShapeOf(), x.id)))
  }
}
