import GraphIR
import Operators
import Rewriting

/// Removes transpositions by permuting the axes of what lies between them, where that leaves fewer. Exact.
///
///     %a = Transpose(%x) {perm: [0, 2, 1]}
///     %b = Softmax(%a) {axis: 1}                  →   %y = Softmax(%x) {axis: 2}
///     %y = Transpose(%b) {perm: [0, 2, 1]}
///
/// and through trees of element-wise operators, concatenations, reductions and changes of rank. Each value on the way has
/// this use only.
package struct CancelTransposes: RewriteRule {
  package init() {}

  package func rewrite(_ outer: Matched<Transpose>, _ edit: inout Edit) throws(NoMatch) {
    let x = try outer[.x]
    try x.requireSoleUse()
    let node = try x.anyProducer()
    try require(!(node.op is Transpose), "the operand is a transposition itself")
    try require(TransposeRouting.bound(x) >= 0, "there would be as many transpositions")
    var routing = TransposeRouting()
    let y = try routing.permuted(x, outer.permutation(), &edit)
    try require(routing.saved >= 0, "there would be as many transpositions")
    try edit.replace(outer.result, withSameShape: y)
  }
}
