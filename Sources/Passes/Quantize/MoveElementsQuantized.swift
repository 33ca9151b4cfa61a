import GraphIR
import Operators
import Rewriting

/// Moves elements as they are stored, instead of converting them before and after. Exact.
///
///     %r = DequantizeLinear(%x: u8[N,4], s, z)
///     %m = Transpose(%r)
///     %y = QuantizeLinear(%m, s, z)              →   %y = Transpose(%x)
///
/// and the same for changes of shape, slices, gathers, the largest of a window, and concatenations of which every part is dequantised
/// so. Scale and zero point are those of whole tensors.
package struct MoveElementsQuantized: RewriteRule {
  package init() {}

  package func rewrite(_ quantize: Matched<QuantizeLinear>, _ edit: inout Edit) throws(NoMatch) {
    let moved = try quantize[.x]
    let node = try moved.anyProducer()
    let count = try movedOperandCount(node)
    try moved.requireSoleUse()
    let parameters = try QuantizationParameters(quantize)
    var operands = node.operands.map { $0?.id }
    for index in 0..<count {
      let dequantize = try node.operand(index).soleProducer(DequantizeLinear.self)
      try require(try QuantizationParameters(dequantize) == parameters, "scale, zero point or element type differ")
      operands[index] = try dequantize[.x].id
    }
    try edit.replace(quantize.result, withSameShape: edit.emit(node.op, operands: operands)[0])
  }

  /// How many of the first operands are moved.
  private func movedOperandCount(_ node: MatchedNode) throws(NoMatch) -> Int {
    switch node.op {
    case is Transpose, is Reshape, is Squeeze, is Unsqueeze, is Flatten, is Slice, is Gather: return 1
    case is Concat: return node.operandCount
    case is MaxPool:
      // Padding, the least number of either type, stays the least: dequantising does not change the order.
      try require(node.opset >= 12 && node.isUnused(result: 1), "the window gives positions too, or takes no such numbers")
      let element = try node.operand(0).producerAllowingOtherUses(DequantizeLinear.self)[.x].elementType()
      try require(element == .int8 || element == .uint8, "the window takes no such numbers")
      return 1
    default: throw NoMatch("the operand is not the result of a movement")
    }
  }
}
