import Diagnostics
import GraphIR
import LiteRTSchema
import Operators
import Rewriting
import Tensors

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
