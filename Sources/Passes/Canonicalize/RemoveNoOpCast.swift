import GraphIR
import Operators
import Rewriting

/// Removes a conversion to the element type that the operand has already. Exact.
///
///     %y = Cast(%x: f32) {to: f32}   →   %x in place of %y
package struct RemoveNoOpCast: RewriteRule {
  package init() {}

  package func rewrite(_ cast: Matched<Cast>, _ edit: inout Edit) throws(NoMatch) {
    let x = try cast[.x]
    try require(try x.elementType() == cast.op.to, "the element type changes")
    edit.replace(cast.result, with: x)
  }
}
