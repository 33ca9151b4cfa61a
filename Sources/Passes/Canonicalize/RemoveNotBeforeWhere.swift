import GraphIR
import Operators
import Rewriting

/// Swaps the alternatives instead of negating the condition. Exact.
///
///     %n = Not(%c)
///     %y = Where(%n, %a, %b)   →   %y = Where(%c, %b, %a)
package struct RemoveNotBeforeWhere: RewriteRule {
  package init() {}

  package func rewrite(_ choice: Matched<Where>, _ edit: inout Edit) throws(NoMatch) {
    let negation = try choice[.condition].soleProducer(Not.self)
    edit.replace(choice.result, with: edit.emit(Where(), try negation.node.operand(0).id, try choice[.b].id, try choice[.a].id))
  }
}
