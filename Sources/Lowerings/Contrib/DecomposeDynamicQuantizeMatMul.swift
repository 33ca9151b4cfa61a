import GraphIR
import Operators
import Rewriting

/// Says a product of an operand that is quantised as it comes in standard operators. Exact up to rounding.
///
///     %y = com.microsoft::DynamicQuantizeMatMul(%a, %b, sb, zb, bias)
///       →   %q, %s, %z = DynamicQuantizeLinear(%a)
///           %y = Add(Mul(Cast(MatMulInteger(%q, %b, %z, zb)), Mul(%s, sb)), bias)
package struct DecomposeDynamicQuantizeMatMul: RewriteRule {
  package init() {}

  package func rewrite(_ root: Matched<DynamicQuantizeMatMul>, _ edit: inout Edit) throws(NoMatch) {
    let (a, b, scale) = try (root[.a], root[.b], root[.bScale])
    let quantized = edit.emit(DynamicQuantizeLinear(), operands: [a.id], resultCount: 3)
    let product = edit.emit(MatMulInteger(), quantized[0], b.id, quantized[2], root.ifPresent(.bZero)?.id)
    let scaled = edit.emit(Mul(), edit.cast(product, to: .float32), edit.emit(Mul(), quantized[1], scale.id))
    edit.replace(root.result, with: root.ifPresent(.bias).map { edit.emit(Add(), scaled, $0.id) } ?? scaled)
  }
}
