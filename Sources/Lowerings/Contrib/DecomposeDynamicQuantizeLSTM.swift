import GraphIR
import Operators
import Rewriting

/// Says an LSTM of 8-bit products as a scan over its steps, in which the state is quantised as it comes. Exact up to rounding.
///
///     %y, %h, %c = com.microsoft::DynamicQuantizeLSTM(%x, W, R, b, _, h0, c0, _, sw, zw, sr, zr)
///       →   %g = MatMul(rounded(%x), DequantizeLinear(W, sw, zw)) + b
///           %h, %c, %y = Scan(h0, c0, %g) { (h, c, g) → an LSTM's step of g + MatMul(rounded(h), DequantizeLinear(R, sr, zr)) + b }
///
/// where `rounded` is `DynamicQuantizeLinear` and `DequantizeLinear`, and each direction is by itself. The number of hidden units must be known.
package struct DecomposeDynamicQuantizeLSTM: RewriteRule {
  package init() {}

  package func rewrite(_ root: Matched<DynamicQuantizeLSTM>, _ edit: inout Edit) throws(NoMatch) {
    let node = root.node
    var piece = Graph(name: "")
    let operands = node.operands.map { $0.map { (value: piece.addInput("", $0.fact.type), outer: $0.id) } }
    let results = (0..<node.resultCount).map { (name: "", type: node.result($0).fact.type) }
    let used = results.indices.filter { !node.isUnused(result: $0) }
    let whole = piece.addNode(root.op, operands.map { $0?.value }, results: results, name: node.name)
    piece.setOutputs(used.map { piece[whole].results[$0] })
    var context = StepContext(graph: piece, captured: [], version: OperatorHistory.newestVersion)
    context.node = whole
    do { try context.decompose(by: dynamicRecurrentDecomposition) } catch { throw NoMatch("sizes are not known, or attributes do not fit") }
    let values = edit.splice(context.graph, inputs: operands.compactMap { $0?.outer }, captures: [])
    for (index, value) in zip(used, values) { edit.replace(root.result(index), with: value) }
  }
}
