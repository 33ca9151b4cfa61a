import GraphIR
import Operators
import Rewriting

/// Removes a conversion to real numbers and back by the same scale. Exact.
///
///     %r = DequantizeLinear(%x: i8[N], s, z)
///     %y = QuantizeLinear(%r, s, z)            →   %x in place of %y
///
/// For whole tensors, and numbers of so few bits that rounding gives back what was there.
package struct RemoveRequantization: RewriteRule {
  package init() {}

  package func rewrite(_ quantize: Matched<QuantizeLinear>, _ edit: inout Edit) throws(NoMatch) {
    let dequantize = try quantize[.x].producerAllowingOtherUses(DequantizeLinear.self)
    try require(try QuantizationParameters(quantize) == QuantizationParameters(dequantize), "scale, zero point or element type differ")
    edit.replace(quantize.result, with: try dequantize[.x])
  }
}
