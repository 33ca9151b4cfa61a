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
/// Between the two, integers may be moved and the greatest of them be taken, which a shift does not change. Likewise for constants that are dequantised. What comes in from outside stays as it is.
struct ShiftUnsignedIntegers: RewriteRule {
  func rewrite(_ dequantize: Matched<DequantizeLinear>, _ edit: inout Edit) throws(NoMatch) {
    let stored = try dequantize[.x]
    try require(try stored.elementType() == .uint8, "not of u8")
    let zero = try shifted(dequantize[.zeroPoint], &edit)
    let moved = try moved(stored, &edit, depth: 0)
    edit.replace(dequantize.result, with: edit.emit(dequantize.op, moved, try dequantize[.scale].id, zero))
  }

  /// The same integers, each 128 less.
  private func moved(_ stored: MatchedValue, _ edit: inout Edit, depth: Int) throws(NoMatch) -> ValueID {
    if stored.isConstant { return try shifted(stored, &edit) }
    if let quantize = try? stored.producerAllowingOtherUses(QuantizeLinear.self) {
      var op = quantize.op
      op.outputDtype = nil
      return edit.emit(op, try quantize[.x].id, try quantize[.scale].id, try shifted(quantize[.zeroPoint], &edit))
    }
    let node = try stored.anyProducer()
    if depth < 16, let pad = node.op as? Pad, pad.mode == .constant { return try padded(node, &edit, depth: depth) }
    try require(depth < 16 && keepsOrder(node.op), "integers that are computed with")
    let rest = (1..<max(node.operandCount, 1)).map { node.operandIfPresent($0)?.id }
    return edit.emit(node.op, operands: [try moved(node.operand(0), &edit, depth: depth + 1)] + rest)[0]
  }

  /// What is put around is shifted as well; without a number of its own it is 0.
  private func padded(_ node: MatchedNode, _ edit: inout Edit, depth: Int) throws(NoMatch) -> ValueID {
    let inner = try moved(node.operand(0), &edit, depth: depth + 1)
    var filling = edit.constant(try edit.computing { () throws(ModelError) in try Tensor(.int8, [], elements: [Int8(-128)]) })
    if let value = node.operandIfPresent(2) { filling = try shifted(value, &edit) }
    return edit.emit(node.op, inner, try node.operand(1).id, filling, node.operandIfPresent(3)?.id)
  }

  /// Whether the first operand's elements, or the greatest of them, are the only result.
  private func keepsOrder(_ op: any Operator) -> Bool {
    op is MaxPool || op is Reshape || op is Flatten || op is Transpose || op is Squeeze || op is Unsqueeze || op is Slice
  }

  private func shifted(_ value: MatchedValue, _ edit: inout Edit) throws(NoMatch) -> ValueID {
    let tensor = try value.constant()
    return edit.constant(
      try edit.computing { () throws(ModelError) in
        try Tensor(.int8, tensor.shape, elements: tensor.integers().map { Int8(truncatingIfNeeded: $0 - 128) })
      })
  }
}
