import GraphIR
import Operators
import Rewriting

/// Lets an element-wise operator broadcast an operand itself. Exact.
///
///     %e = Expand(%x: f32[N,1], s)
///     %y = Add(%e, %z: f32[N,4])     →   %y = Add(%x, %z)
///
/// where the other operand makes the result as large.
package struct RemoveExpandBeforeBroadcast: NodeRule {
  package init() {}

  package var roots: RuleRoots { .operators(elementwiseBinaries) }

  package func rewrite(_ root: MatchedNode, _ edit: inout Edit) throws(NoMatch) {
    for index in 0..<min(root.operandCount, 2) {
      let operand = try root.operand(index)
      guard let expand = try? operand.producerAllowingOtherUses(Expand.self), let x = try? expand.node.operand(0) else { continue }
      let other = try root.operand(1 - index)
      try require(fills(try root.result.shape(), try x.shape(), try other.shape()), "the other operand is not as large")
      var operands = root.operands.map { $0?.id }
      operands[index] = x.id
      let y = edit.emit(root.op, operands: operands)[0]
      return edit.replace(root.result, with: y)
    }
    throw NoMatch("no operand is expanded")
  }

  /// True when every axis of the result is there without the expansion, and its size one of the two operands' own.
  private func fills(_ result: [Dim], _ x: [Dim], _ other: [Dim]) -> Bool {
    max(x.count, other.count) == result.count && result.indices.allSatisfy { axis in
      let (a, b) = (size(x, axis, result.count), size(other, axis, result.count))
      return result[axis] == 1 || result[axis] == b && (a == b || a == 1) || result[axis] == a && b == 1
    }
  }

  private func size(_ shape: [Dim], _ axis: Int, _ rank: Int) -> Dim {
    let index = axis - (rank - shape.count)
    return index < 0 ? 1 : shape[index]
  }
}
