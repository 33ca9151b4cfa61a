import GraphIR
import Operators
import Rewriting

/// Removes a concatenation of one value. Exact.
///
///     %y = Concat(%x)   →   %x in place of %y
package struct RemoveSingleConcat: RewriteRule {
  package init() {}

  package func rewrite(_ concat: Matched<Concat>, _ edit: inout Edit) throws(NoMatch) {
    try require(concat.node.operandCount == 1, "there are several operands")
    edit.replace(concat.result, with: try concat[.inputs])
  }
}
