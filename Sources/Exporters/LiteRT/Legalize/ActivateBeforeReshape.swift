import GraphIR
import Operators
import Rewriting

/// An activation comes before a change of shape, where the kernel that makes the elements computes it too. Exact.
///
///     %c = CONV_2D(…)
///     %s = Squeeze(%c, [1])        %r = Relu(%c)
///     %y = Relu(%s)           →    %y = Squeeze(%r, [1])
struct ActivateBeforeReshape: NodeRule {
  var roots: RuleRoots { .operators([Relu.self, Clip.self]) }

  func rewrite(_ node: MatchedNode, _ edit: inout Edit) throws(NoMatch) {
    let shaped = try node.operand(0)
    try shaped.requireSoleUse()
    let reshape = try shaped.anyProducer()
    try require(reshape.op is Reshape || reshape.op is Squeeze || reshape.op is Unsqueeze, "the operand is no change of shape")
    let elements = try reshape.operand(0)
    try elements.requireSoleUse()
    try require((try elements.anyProducer().op as? LiteRTKernel)?.activation != nil, "no kernel takes the activation")
    let activated = edit.emit(node.op, operands: [elements.id] + node.operands.dropFirst().map { $0?.id })[0]
    let y = edit.emit(reshape.op, operands: [activated] + reshape.operands.dropFirst().map { $0?.id })[0]
    edit.replace(node.result, with: y)
  }
}
