import Diagnostics
import GraphIR
import Operators
import Rewriting
import Tensors

/// Unsigned bytes that come into a model, or leave it, become signed ones at its border, so that what computes with them has integer kernels.
/// Exact: each is 128 less within, and so is the zero point.
///
///     %y = DequantizeLinear(%x: u8, s, z)   →   %q = QuantizeLinear(DequantizeLinear(%x, s, z), s, z - 128: i8)
///                                               %y = DequantizeLinear(%q, s, z - 128)
///     %q = QuantizeLinear(%y, s, z: u8)     →   %p = QuantizeLinear(%y, s, z - 128: i8)
///                                               %q = QuantizeLinear(DequantizeLinear(%p, s, z - 128), s, z)
struct ShiftUnsignedPorts: NodeRule {
  var roots: RuleRoots { .operators([DequantizeLinear.self, QuantizeLinear.self]) }

  func rewrite(_ node: MatchedNode, _ edit: inout Edit) throws(NoMatch) {
    let (scale, zero) = (try node.operand(1), try node.operand(2))
    let zeros = try zero.constant()
    try require(scale.isConstant && zeros.count == 1 && zeros.element == .uint8, "no single zero point of u8")
    let shifted = edit.constant(
      try edit.computing { () throws(ModelError) in
        try Tensor(.int8, zeros.shape, elements: zeros.integers().map { Int8(truncatingIfNeeded: $0 - 128) })
      })
    if let dequantize = node.op as? DequantizeLinear {
      let x = try node.operand(0)
      try require(!x.isConstant && (try? x.anyProducer()) == nil, "not of an input")
      try require(node.result.users.contains(where: isComputed), "nothing computes with integers")
      let outer = edit.emit(dequantize, x.id, scale.id, zero.id)
      // A tensor has one meaning, its axis included.
      var quantize = QuantizeLinear()
      quantize.axis = dequantize.axis
      let signed = edit.emit(quantize, outer, scale.id, shifted)
      edit.replace(node.result, with: edit.emit(dequantize, signed, scale.id, shifted))
    } else if let quantize = node.op as? QuantizeLinear {
      let y = try node.operand(0)
      try require(node.result.isOutput && node.result.useCount == 0, "not an output")
      var source = try y.anyProducer()
      if source.op is Relu || source.op is Clip { source = try source.operand(0).anyProducer() }
      try require(!(source.op is DequantizeLinear), "an output that is only moved")
      try require(source.operands.contains { ($0.flatMap { try? $0.anyProducer() })?.op is DequantizeLinear }, "nothing computes with integers")
      var dequantize = DequantizeLinear()
      dequantize.axis = quantize.axis
      let restored = edit.emit(dequantize, edit.emit(signed(quantize), y.id, scale.id, shifted), scale.id, shifted)
      edit.replace(node.result, with: edit.emit(quantize, restored, scale.id, zero.id))
    }
  }

  /// The operator for signed bytes, which its zero point tells.
  private func signed(_ op: QuantizeLinear) -> QuantizeLinear {
    var op = op
    op.outputDtype = nil
    return op
  }

  /// Whether all that is made of a result is quantised.
  private func isComputed(_ user: MatchedNode) -> Bool {
    guard !(user.op is QuantizeLinear), user.resultCount > 0, user.result.useCount > 0 else { return false }
    return user.result.users.allSatisfy { next in
      next.op is QuantizeLinear || (next.op is Relu || next.op is Clip) && next.result.users.allSatisfy { $0.op is QuantizeLinear }
    }
  }
}
