import GraphIR
import Operators
import Rewriting

/// Takes the shape of an operand in place of that of a result of the same shape, so that the result need not be computed. Exact.
///
///     %c = Cast(%x: f32[N,4]) {to: i64}
///     %s = Shape(%c)                      →   %s = Shape(%x)
///
/// where nothing else uses the result.
package struct RemoveFunctionBeforeShape: NodeRule {
  package init() {}

  package var roots: RuleRoots { .operators([ShapeOf.self, Size.self]) }

  package func rewrite(_ root: MatchedNode, _ edit: inout Edit) throws(NoMatch) {
    let value = try root.operand(0)
    try value.requireSoleUse()
    let (node, shape) = try (value.anyProducer(), value.shape())
    try require(node.op.graphs.isEmpty, "the operand is made by a node with graphs")
    try require(!shape.contains(.unknown), "a size is not known")
    guard let source = node.operands.lazy.compactMap({ $0 }).first(where: { !$0.isConstant && $0.type?.shape == shape }) else {
      throw NoMatch("no operand has the result's shape", value.id)
    }
    edit.replace(root.result, with: edit.emit(root.op, source.id))
  }
}
