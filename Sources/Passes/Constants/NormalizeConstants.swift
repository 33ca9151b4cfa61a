import GraphIR
import Operators
import Rewriting

/// Turns a node that holds a tensor into a constant of the graph. Exact.
///
///     %c = Constant() {value: t}   →   %c = const t
package struct NormalizeConstants: RewriteRule {
  package init() {}

  package func rewrite(_ constant: Matched<Constant>, _ edit: inout Edit) throws(NoMatch) {
    guard let tensor = constant.op.tensor else { throw NoMatch("the node holds no tensor") }
    edit.replace(constant.result, with: edit.constant(tensor))
  }
}
