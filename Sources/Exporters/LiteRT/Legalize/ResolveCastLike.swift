import GraphIR
import Operators
import Rewriting

/// A conversion to another value's type becomes one to the type itself. Exact.
///
///     %y = CastLike(%x, %t)   →   %y = Cast(%x) {to: f32}
struct ResolveCastLike: RewriteRule {
  func rewrite(_ root: Matched<CastLike>, _ edit: inout Edit) throws(NoMatch) {
    let element = try root[.target].elementType()
    edit.replace(root.result, with: edit.emit(Cast(to: element), try root[.x].id))
  }
}
