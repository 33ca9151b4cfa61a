import GraphIR
import Operators
import Rewriting

/// Replaces a choice that is the same for all elements by what it chooses. Exact.
///
///     %c = const bool[4] splat(true)
///     %y = Where(%c, %x, %z)           →   %x in place of %y
///
/// where neither the condition nor what is not chosen makes the result larger.
package struct RemoveConstantWhere: RewriteRule {
  package init() {}

  package func rewrite(_ choice: Matched<Where>, _ edit: inout Edit) throws(NoMatch) {
    let condition = try choice.node.operand(0).constant()
    try require(condition.count > 0 && condition.byteCount <= 1 << 20 && !condition.isDeferred, "the condition is large")
    guard let flags = try? condition.integers(), let first = flags.first, flags.allSatisfy({ ($0 != 0) == (first != 0) }) else {
      throw NoMatch("the condition differs between elements")
    }
    let chosen = try choice.node.operand(first != 0 ? 1 : 2)
    try chosen.requireSameShape(as: choice.result)
    edit.replace(choice.result, with: chosen)
  }
}
