import Diagnostics
import GraphIR
import Operators
import Rewriting
import Tensors

/// Integers from -128 to 127 in the place of those from 0 to 255, as the format's kernels want them. Exact: each is 128 less, and so is
/// the zero point.
///
///     %q = QuantizeLinear(%x, s, z: u8)          %q = QuantizeLinear(%x, s, z - 128: i8)
///     %y = DequantizeLinear(%q, t, w)      →     %y = DequantizeLinear(%q, t, w - 128)
///
/// Likewise for constants that are dequantised. What comes in from outside stays as it is.
struct ShiftUnsignedIntegers: RewriteRule {
  func rewrite(_ dequantize: Matched<DequantizeLinear>, _ edit: inout Edit) throws(NoMatch) {
    let stored = try dequantize[.x]
    try require(try stored.elementType() == .uint8, "not of u8")
    let zero = try shifted(dequantize[.zeroPoint], &edit)
    let moved: ValueID
    if stored.isConstant {
      moved = try shifted(stored, &edit)
    } else {
      let quantize = try stored.producerAllowingOtherUses(QuantizeLinear.self)
      var op = quantize.op
      op.outputDtype = nil
      moved = edit.emit(op, try quantize[.x].id, try quantize[.scale].id, try shifted(quantize[.zeroPoint], &edit))
    }
    edit.replace(dequantize.result, with: edit.emit(dequantize.op, moved, try dequantize[.scale].id, zero))
  }

  private func shifted(_ value: MatchedValue, _ edit: inout Edit) throws(NoMatch) -> ValueID {
    let tensor = try value.constant()
    return edit.constant(
      try edit.computing { () throws(ModelError) in
        try Tensor(.int8, tensor.shape, elements: tensor.integers().map { Int8(truncatingIfNeeded: $0 - 128) })
      })
  }
}
