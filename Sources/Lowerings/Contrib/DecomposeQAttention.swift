import GraphIR
import Operators
import Rewriting

/// Says attention of quantised operands as attention of floats. Exact up to rounding; another rule goes on from there.
///
///     %y = com.microsoft::QAttention(%x, w, b, sx, sw, %mask, zx, zw)
///       →   %y = com.microsoft::Attention(DequantizeLinear(%x, sx, zx), DequantizeLinear(w, sw, zw) {axis: 1}, b, %mask)
package struct DecomposeQAttention: RewriteRule {
  package init() {}

  package func rewrite(_ root: Matched<QAttention>, _ edit: inout Edit) throws(NoMatch) {
    typealias Slot = QAttention.Operand
    let bias = try root[.bias]
    let x = try edit.dequantized(root.node, Slot.x.rawValue, scale: Slot.xScale.rawValue, zero: Slot.xZero.rawValue)
    let weights: ValueID
    if try root[.weightsScale].fixedShape().allSatisfy({ $0 == 1 }) {
      weights = try edit.dequantized(root.node, Slot.weights.rawValue, scale: Slot.weightsScale.rawValue, zero: Slot.weightsZero.rawValue)
    } else {
      weights = edit.emit(DequantizeLinear(), try root[.weights].id, try root[.weightsScale].id, root.ifPresent(.weightsZero)?.id)
    }
    let operands = [x, weights, bias.id, root.ifPresent(.mask)?.id, root.ifPresent(.past)?.id]
    let results = edit.emit(root.op.attention, operands: operands, resultCount: root.node.resultCount)
    for (index, result) in results.enumerated() { edit.replace(root.result(index), with: result) }
  }
}
