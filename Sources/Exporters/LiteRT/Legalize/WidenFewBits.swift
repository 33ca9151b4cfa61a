import Diagnostics
import GraphIR
import Operators
import Rewriting
import Tensors

/// Dequantises constants of fewer than 8 bits as those of 8, which the format's arithmetic takes. Exact; the file holds a byte each.
///
///     %y = DequantizeLinear(W: u4, s, z: u4)   →   %y = DequantizeLinear(W: u8, s, z: u8)
struct WidenFewBits: RewriteRule {
  func rewrite(_ dequantize: Matched<DequantizeLinear>, _ edit: inout Edit) throws(NoMatch) {
    let element = try dequantize[.x].elementType()
    try require(element.isInteger && element.bitWidth < 8, "integers of 8 bits or more")
    let wide: ElementType = element.isSignedInteger ? .int8 : .uint8
    let stored = try widened(dequantize[.x], to: wide, &edit)
    let zero = try dequantize.ifPresent(.zeroPoint).map { (zero) throws(NoMatch) in try widened(zero, to: wide, &edit) }
    edit.replace(dequantize.result, with: edit.emit(dequantize.op, stored, try dequantize[.scale].id, zero))
  }

  private func widened(_ value: MatchedValue, to element: ElementType, _ edit: inout Edit) throws(NoMatch) -> ValueID {
    let tensor = try value.constant()
    return edit.constant(try edit.computing { () throws(ModelError) in try tensor.converted(to: element) })
  }
}
