import GraphIR
import Operators
import Rewriting

/// Removes the joining of what was split, in order and along the same axis. Exact.
///
///     %a, %b = Split(%x, [3, 5]) {axis: 1}
///     %y = Concat(%a, %b) {axis: 1}          →   %x in place of %y
package struct RemoveJoinedSplit: RewriteRule {
  package init() {}

  package func rewrite(_ concat: Matched<Concat>, _ edit: inout Edit) throws(NoMatch) {
    let parts = concat.all(from: .inputs).compactMap { $0 }
    guard let first = parts.first else { throw NoMatch("there are no parts") }
    let split = try first.producerAllowingOtherUses(Split.self)
    try require(parts.count == split.node.resultCount, "the parts are not all of them")
    for (index, part) in parts.enumerated() { try require(part == split.result(index), "the parts are in another order") }
    let (x, rank) = try (split[.data], try concat.result.rank())
    func position(_ axis: Int) -> Int { axis < 0 ? axis + rank : axis }
    try require(position(concat.op.axis) == position(split.op.axis), "the axes differ")
    try x.requireSameShape(as: concat.result)
    edit.replace(concat.result, with: x)
  }
}
