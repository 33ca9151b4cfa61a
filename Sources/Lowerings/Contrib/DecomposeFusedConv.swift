import GraphIR
import Operators
import Rewriting

/// Says a convolution with what follows it in standard operators. Exact up to rounding.
///
///     %y = com.microsoft::FusedConv(%x, %w, %b, %z) {activation: Relu}   →   %y = Relu(Add(Conv(%x, %w, %b), %z))
package struct DecomposeFusedConv: RewriteRule {
  package init() {}

  package func rewrite(_ root: Matched<FusedConv>, _ edit: inout Edit) throws(NoMatch) {
    let (x, weight) = try (root[.x], root[.weight])
    let element = try x.elementType()
    var y = edit.emit(root.op.conv, x.id, weight.id, root.ifPresent(.bias)?.id)
    if let z = root.ifPresent(.z) { y = edit.emit(Add(), y, z.id) }
    edit.replace(root.result, with: try edit.activated(y, by: root.op.activation, root.op.activationParams ?? [], element))
  }
}
