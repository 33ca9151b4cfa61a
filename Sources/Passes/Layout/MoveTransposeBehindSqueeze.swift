import GraphIR
import Operators
import Rewriting

/// Transposes fewer axes: what is squeezed away need not change its place. Exact.
///
///     %t = Transpose(%x) {perm: [0, 3, 1, 2]}
///     %y = Squeeze(%t, [2])                     →   %s = Squeeze(%x, [1])
///                                                   %y = Transpose(%s) {perm: [0, 2, 1]}
///
/// There is nothing left to transpose where the other axes keep their order.
package struct MoveTransposeBehindSqueeze: RewriteRule {
  package init() {}

  package func rewrite(_ squeeze: Matched<Squeeze>, _ edit: inout Edit) throws(NoMatch) {
    let transpose = try squeeze.node.operand(0).soleProducer(Transpose.self)
    let perm = try transpose.permutation()
    let axes = try squeeze.node.operand(1).integers().map { $0 < 0 ? $0 + perm.count : $0 }
    try require(!axes.isEmpty && axes.allSatisfy(perm.indices.contains), "the axes are not named")
    let kept = perm.indices.filter { !axes.contains($0) }.map { perm[$0] }
    let squeezed = try edit.emit(Squeeze(), transpose[.x].id, edit.constant(axes.map { perm[$0] }.sorted()))
    guard kept != kept.sorted() else { return try edit.replace(squeeze.result, withSameShape: squeezed) }
    let order = kept.map { axis in kept.count { $0 < axis } }
    try edit.replace(squeeze.result, withSameShape: edit.emit(Transpose(perm: order), squeezed))
  }
}
