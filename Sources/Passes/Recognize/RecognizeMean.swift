import GraphIR
import Operators
import Rewriting

/// Makes a mean of a sum over axes of known sizes, divided by how many there are. Exact up to rounding.
///
///     %s = ReduceSum(%x: f32[N,8], [1])
///     %y = Div(%s, 8)                     →   %y = ReduceMean(%x, [1])
///
/// and so of a product with ⅛.
package struct RecognizeMean: NodeRule {
  package static let rounds = true
  package init() {}

  package var roots: RuleRoots { .operators([Div.self, Mul.self]) }

  package func rewrite(_ root: MatchedNode, _ edit: inout Edit) throws(NoMatch) {
    let sum = try root.scaledOperand().soleProducer(ReduceSum.self)
    let scale = try root.uniformScale()
    let x = try sum[.data]
    try x.requireCommonFloat()
    let shape = try x.shape()
    try require(try sum.node.operand(1).isConstant, "the axes are computed")
    let axes = try sum.node.operand(1).integers()
    try require(!axes.isEmpty, "every axis is reduced, or none")
    var count = 1.0
    for axis in axes {
      let place = axis < 0 ? axis + shape.count : axis
      guard shape.indices.contains(place), let size = shape[place].number, size > 0 else { throw NoMatch("a size is not known", x.id) }
      count *= Double(size)
    }
    try require(abs(scale * count - 1) <= x.constantTolerance, "the divisor is not the number of elements")
    var op = ReduceMean()
    op.keepdims = sum.op.keepdims
    try edit.replace(root.result, withSameShape: edit.emit(op, x.id, try sum.node.operand(1).id))
  }
}
