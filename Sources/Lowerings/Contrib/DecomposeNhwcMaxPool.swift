import GraphIR
import Operators
import Rewriting

/// Says a pool whose channels are the last axis by the one whose channels are the second. Exact.
///
///     %y = com.microsoft::NhwcMaxPool(%x)   →   %y = Transpose(MaxPool(Transpose(%x) {perm: [0, 3, 1, 2]})) {perm: [0, 2, 3, 1]}
package struct DecomposeNhwcMaxPool: RewriteRule {
  package init() {}

  package func rewrite(_ root: Matched<NhwcMaxPool>, _ edit: inout Edit) throws(NoMatch) {
    let x = try root[.x]
    let rank = try x.rank()
    try require(rank >= 3, "there are no spatial axes")
    let pooled = edit.emit(root.op.pool, edit.channelsFirst(x.id, rank: rank))
    edit.replace(root.result, with: edit.channelsLast(pooled, rank: rank))
  }
}

extension Edit {
  mutating func channelsFirst(_ x: ValueID, rank: Int) -> ValueID { transposed(x, [0, rank - 1] + Array(1..<rank - 1)) }
  mutating func channelsLast(_ x: ValueID, rank: Int) -> ValueID { transposed(x, [0] + Array(2..<rank) + [1]) }
}
