import GraphIR
import Operators
import Rewriting

/// Lets a reduction drop or keep its axes itself. Exact.
///
///     %r = ReduceMean(%x, [2, 3]) {keepdims: 1}            %r = ReduceMean(%x, [2, 3]) {keepdims: 0}
///     %y = Squeeze(%r, [2, 3])                             %y = Unsqueeze(%r, [2, 3])
///       → %y = ReduceMean(%x, [2, 3]) {keepdims: 0}          → %y = ReduceMean(%x, [2, 3]) {keepdims: 1}
///
/// `Reshape` and `Flatten` that drop these axes, and no more, are as good as `Squeeze`.
package struct MergeReductionAndSqueeze: NodeRule {
  package init() {}

  package var roots: RuleRoots { .operators([Squeeze.self, Unsqueeze.self, Reshape.self, Flatten.self]) }

  package func rewrite(_ root: MatchedNode, _ edit: inout Edit) throws(NoMatch) {
    let reduced = try root.operand(0)
    let reduction = try reduced.anyProducer()
    guard var op = reduction.op as? any Reduction else { throw NoMatch("the operand is not a reduction", reduced.id) }
    try reduced.requireSoleUse()
    try require(op.keepdims == root.op.dropsAxes, "the reduction does not leave the axes that way")
    let rank = try reduction.operand(0).rank()
    let axes = try sorted(reduction.operand(1).integers(), rank)
    try require(!axes.isEmpty, "the reduction names no axes")
    if root.op is Reshape || root.op is Flatten {
      let rest = try reduced.shape().enumerated().filter { !axes.contains($0.offset) }.map(\.element)
      try require(try root.result.shape() == rest, "the axes differ")
    } else {
      try require(try sorted(root.operand(1).integers(), rank) == axes, "the axes differ")
    }
    op.keepdims.toggle()
    edit.replace(root.result, with: edit.emit(op, operands: reduction.operands.map { $0?.id })[0])
  }

  private func sorted(_ axes: [Int], _ rank: Int) -> [Int] { axes.map { $0 < 0 ? $0 + rank : $0 }.sorted() }
}

extension Operator {
  /// True for operators that may drop axes of size 1.
  var dropsAxes: Bool { self is Squeeze || self is Reshape || self is Flatten }
}
