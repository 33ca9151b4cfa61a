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

/// A normalisation across neighbouring channels becomes the format's, which counts them from the middle and divides nothing by their
/// number. Exact.
struct NormalizeNeighboursChannelsLast: NodeRule {
  var roots: RuleRoots { .operators([LRN.self]) }

  func rewrite(_ node: MatchedNode, _ edit: inout Edit) throws(NoMatch) {
    typealias Field = Schema.LocalResponseNormalizationOptions
    guard let op = node.op as? LRN else { throw NoMatch("another operator") }
    try require(op.size % 2 == 1, "an even number of channels, which has no middle")
    let x = try node.operand(0)
    let (rank, element) = try (x.rank(), x.elementType())
    try require(rank == 4 && element == .float32, "an operand that is no image of 32-bit floats")
    var kernel = LiteRTKernel()
    kernel.code = .localResponseNormalization
    var options = KernelOptions(Field.code)
    options.object.set(Field.radius, op.size / 2)
    options.object.set(Field.bias, op.bias)
    options.object.set(Field.alpha, op.alpha / Float(op.size))
    options.object.set(Field.beta, op.beta)
    kernel.options = options
    kernel.facts = [Fact(TensorType(.float32, node.result.type?.shape).channelsLast)]
    edit.replace(node.result, with: edit.channelsFirst(edit.emit(kernel, edit.channelsLast(x.id, rank: 4)), rank: 4))
  }
}

/// Pools over everything are reductions, which work in either order of axes. Exact.
struct ReduceGlobalPools: NodeRule {
  var roots: RuleRoots { .operators([GlobalAveragePool.self, GlobalMaxPool.self]) }

  func rewrite(_ node: MatchedNode, _ edit: inout Edit) throws(NoMatch) {
    let x = try node.operand(0)
    let axes = edit.constant(Array(2..<(try x.rank())))
    let result = node.op is GlobalMaxPool ? edit.emit(ReduceMax(), x.id, axes) : edit.emit(ReduceMean(), x.id, axes)
    edit.replace(node.result, with: result)
  }
}
