import Diagnostics
import GraphIR
import Rewriting
import Tensors

/// Turns captured constants into constants of the graphs that use them, so that rules see them there. Exact.
///
///     %two = const i64 2                           %y = If(%c) {then_branch: graph() -> (%t) {
///     %y = If(%c, %two) {then_branch: graph()   →      %two = const i64 2
///            captures (%two) -> (%t) { … } …           … } …
///
/// Only small ones, and those that a single graph uses: a file would hold a copy for each graph.
package struct SinkConstantsIntoGraphs: GraphPass {
  package init() {}

  private static let smallEnough = 1024

  package func run(on session: RewriteSession) throws(ModelError) -> Int {
    var sunk = 0
    for id in session.graph.nodeIDs.filter({ session.graph.ownsGraphs($0) && session.graph[$0].captureCount > 0 }) { sunk += try sink(id, session) }
    return sunk
  }

  private func sink(_ id: NodeID, _ session: RewriteSession) throws(ModelError) -> Int {
    let node = session.graph[id]
    let own = node.operands.count - node.captureCount
    var tensors: [Int: Tensor] = [:]
    for (index, operand) in node.operands.dropFirst(own).enumerated() {
      guard let operand, let tensor = session.graph.constant(operand) else { continue }
      let isAlone = session.graph[operand].uses.count == 1 && !session.graph[operand].isOutput
      let users = node.graphs.count { !$0[$0.captures[index]].uses.isEmpty || $0[$0.captures[index]].isOutput }
      if tensor.byteCount <= Self.smallEnough && tensor.element != .string || isAlone && users == 1 { tensors[index] = tensor }
    }
    guard !tensors.isEmpty else { return 0 }
    try session.graph.updateGraphs(of: id) { (graphs) throws(ModelError) in
      for graph in graphs.indices { replaceCaptures(of: &graphs[graph], by: tensors, session.names) }
    }
    session.graph.setOperands(
      id, to: node.operands.indices.filter { $0 < own || tensors[$0 - own] == nil }.map { node.operands[$0] })
    return tensors.count
  }

  private func replaceCaptures(of graph: inout Graph, by tensors: [Int: Tensor], _ names: FreshNames) {
    for (index, tensor) in tensors.sorted(by: { $0.key > $1.key }) {
      let capture = graph.captures[index]
      graph.makeConstant(capture, tensor)
      graph.rename(capture, to: names.make(from: graph[capture].name.isEmpty ? "const" : graph[capture].name))
      graph.removeConstant(capture)
    }
  }
}
