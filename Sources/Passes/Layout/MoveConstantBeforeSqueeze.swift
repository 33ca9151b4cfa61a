import Diagnostics
import GraphIR
import Operators
import Rewriting
import Tensors

/// Moves arithmetic per channel before the change of rank behind a convolution, so that the convolution can take it. Exact.
///
///     %c = Conv(%x, W)                           %c = Conv(%x, W)
///     %s = Squeeze(%c: f32[N,C,1,L], [2])   →    %a = Add(%c, k: f32[1,C,1,1])
///     %y = Add(%s, k: f32[1,C,1])                %y = Squeeze(%a, [2])
package struct MoveConstantBeforeSqueeze: NodeRule {
  package init() {}

  package var roots: RuleRoots { .operators([Add.self, Sub.self, Mul.self]) }

  package func rewrite(_ root: MatchedNode, _ edit: inout Edit) throws(NoMatch) {
    let (value, factor) = try root.constantLast()
    try require(!(root.op is Sub) || (try? root.operand(1)) == factor, "the constant is the minuend")
    let squeeze = try value.soleProducer(Squeeze.self)
    let wide = try squeeze[.data]
    let conv = try wide.soleProducer(Conv.self)
    let channels = try conv.foldableWeights().weight.shape[0]
    let rank = try wide.rank()
    let axes = try squeeze[.axes].integers().map { $0 < 0 ? $0 + rank : $0 }
    try require(axes.allSatisfy { $0 >= 2 }, "the channels change places")
    let vector = try channelVector(factor, rank: rank - axes.count, channels: channels, &edit)
    let element = try factor.elementType()
    let k = edit.constant(try edit.computing { () throws(ModelError) in try vector.cast(to: element).along(axis: 1, rank: rank) })
    let y = edit.emit(Squeeze(), edit.emit(root.op, wide.id, k), edit.constant(axes))
    try edit.replace(root.result, withSameShape: y)
  }
}
