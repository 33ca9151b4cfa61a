import Diagnostics
import GraphIR
import LiteRTSchema
import Operators
import Rewriting
import Tensors

/// Channels spread over space, or gathered from it, become the format's operators, which want channels last. Exact.
struct RearrangeChannelsLast: NodeRule {
  var roots: RuleRoots { .operators([DepthToSpace.self, SpaceToDepth.self]) }

  func rewrite(_ node: MatchedNode, _ edit: inout Edit) throws(NoMatch) {
    var kernel = LiteRTKernel()
    if let op = node.op as? DepthToSpace {
      try require(op.mode == .depthFirst, "channels in the order of another framework")
      kernel.code = .depthToSpace
      kernel.options = KernelOptions(Schema.DepthToSpaceOptions.code, Schema.DepthToSpaceOptions.blockSize, op.blocksize)
    } else if let op = node.op as? SpaceToDepth {
      try require(op.mode == .depthFirst, "channels in the order of another framework")
      kernel.code = .spaceToDepth
      kernel.options = KernelOptions(Schema.SpaceToDepthOptions.code, Schema.SpaceToDepthOptions.blockSize, op.blocksize)
    }
    let x = try node.operand(0)
    try require(try x.rank() == 4, "an operand that is no image")
    kernel.facts = [Fact(TensorType(try x.elementType(), node.result.type?.shape).channelsLast)]
    edit.replace(node.result, with: edit.channelsFirst(edit.emit(kernel, edit.channelsLast(x.id, rank: 4)), rank: 4))
  }
}
