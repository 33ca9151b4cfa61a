import GraphIR
import Operators
import Rewriting

/// Removes a node that does nothing. Exact.
///
///     %y = Identity(%x)   →   %x in place of %y
///
/// One that connects a graph input, a captured value or another output to an output stays: it gives one value two names.
package struct RemoveIdentity: RewriteRule {
  package init() {}

  package func rewrite(_ identity: Matched<Identity>, _ edit: inout Edit) throws(NoMatch) {
    edit.replace(identity.result, with: try identity[.x])
  }
}
