import GraphIR
import Operators
import Rewriting

/// Says quantisation as the standard set does. Exact.
///
///     %y = com.microsoft::QuantizeLinear(%x, s, z) {axis: 0}   →   %y = QuantizeLinear(%x, s, z) {axis: 0}
package struct DecomposeContribQuantization: NodeRule {
  package let roots = RuleRoots.operators([ContribQuantizeLinear.self, ContribDequantizeLinear.self])

  package init() {}

  package func rewrite(_ root: MatchedNode, _ edit: inout Edit) throws(NoMatch) {
    let operands = [try root.operand(0).id, try root.operand(1).id, root.operandIfPresent(2)?.id]
    let op: any Operator
    switch root.op {
    case let quantize as ContribQuantizeLinear: op = quantize.standard
    case let dequantize as ContribDequantizeLinear: op = dequantize.standard
    default: throw NoMatch("another operator")
    }
    edit.replace(root.result, with: edit.emit(op, operands: operands)[0])
  }
}
