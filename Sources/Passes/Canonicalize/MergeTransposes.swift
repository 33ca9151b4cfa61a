import GraphIR
import Operators
import Rewriting

/// Makes one transposition of two, or none when the second undoes the first. Exact.
///
///     %t = Transpose(%x) {perm: p}
///     %y = Transpose(%t) {perm: q}   →   %y = Transpose(%x) {perm: p∘q}     where (p∘q)[i] = p[q[i]]
package struct MergeTransposes: RewriteRule {
  package init() {}

  package func rewrite(_ outer: Matched<Transpose>, _ edit: inout Edit) throws(NoMatch) {
    let middle = try outer[.x]
    let inner = try middle.producerAllowingOtherUses(Transpose.self)
    let x = try inner[.x]
    let (first, second) = try (permutation(inner), permutation(outer))
    try require(first.count == second.count, "the ranks differ")
    let composed = second.map { first[$0] }
    if composed == Array(composed.indices) { return edit.replace(outer.result, with: x) }
    try middle.requireSoleUse()
    edit.replace(outer.result, with: edit.emit(Transpose(perm: composed), x.id))
  }

  private func permutation(_ transpose: Matched<Transpose>) throws(NoMatch) -> [Int] {
    if let perm = transpose.op.perm {
      try require(perm.sorted() == Array(perm.indices), "not a permutation of the axes")
      return perm
    }
    return (0..<(try transpose[.x].rank())).reversed()
  }
}
