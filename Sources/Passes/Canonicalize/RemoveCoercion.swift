import GraphIR
import Operators
import Rewriting

/// Says `Softmax` of the axes from one on, which is how it was before operator set 13 on, as that of the last one, where it is that.
/// Exact. Models without types for their values are read so, and other rules look for the newer meaning.
///
///     %y = Softmax(%x: f32[N,8]) {axis: 1, coerced: 1}   →   %y = Softmax(%x)
package struct RemoveCoercion: RewriteRule {
  package init() {}

  package func rewrite(_ softmax: Matched<Softmax>, _ edit: inout Edit) throws(NoMatch) {
    try require(softmax.op.coerced, "it is along one axis")
    let x = try softmax[.x]
    let shape = try x.shape()
    let axis = softmax.op.axis < 0 ? softmax.op.axis + shape.count : softmax.op.axis
    try require(shape.indices.contains(axis), "the axis")
    try require(axis == shape.count - 1, "there are several axes")
    edit.replace(softmax.result, with: edit.emit(Softmax(), x.id))
  }
}
