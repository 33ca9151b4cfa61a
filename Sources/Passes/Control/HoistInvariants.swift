import Diagnostics
import GraphIR
import Operators
import Rewriting
import Tensors

/// Computes once, before a loop, what every iteration computes alike. Exact.
///
///     %y = Scan(%s, %x, %w) {body: graph(%a, %b)   →   %t = Transpose(%w)
///       captures (%w) -> (%c) {                        %y = Scan(%s, %x, %t) {body: graph(%a, %b)
///         %t = Transpose(%w) …                           captures (%t) -> (%c) { …
///
/// From the bodies of `Loop` and `Scan`, operators that cannot fail, since a loop may not run at all.
package struct HoistInvariants: GraphPass {
  package init() {}

  private static let smallEnough = 1024

  package func run(on session: RewriteSession) throws(ModelError) -> Int {
    var moved = 0
    for id in session.graph.nodeIDs.filter({ session.graph.ownsGraphs($0) && (session.graph[$0].op is Loop || session.graph[$0].op is Scan) }) {
      while let node = candidate(in: session.graph.graphs(of: id)[0]) {
        try hoist(node, from: id, session)
        moved += 1
      }
    }
    return moved
  }

  /// A node that needs nothing but captures and constants.
  private func candidate(in body: Graph) -> NodeID? {
    let captures = Set(body.captures)
    return body.nodeIDs.first { id in
      let node = body[id]
      guard cannotFail(node.op), node.operands.contains(where: { $0.map(captures.contains) ?? false }),
        node.results.allSatisfy({ !body[$0].isOutput && body[$0].type?.tensorType != nil })
      else { return false }
      return node.operands.allSatisfy { operand in
        guard let operand, !captures.contains(operand) else { return true }
        guard let tensor = body.constant(operand) else { return false }
        return tensor.byteCount <= Self.smallEnough || body[operand].uses.count == 1 && !body[operand].isOutput
      }
    }
  }

  private func cannotFail(_ op: any Operator) -> Bool {
    switch op {
    case is any ElementwiseUnary, is Add, is Sub, is Mul, is MatMul, is Gemm, is Transpose, is Cast, is Concat, is Softmax, is Unsqueeze,
      is any Reduction, is Conv, is BatchNormalization, is LayerNormalization: true
    default: false
    }
  }

  private func hoist(_ inner: NodeID, from id: NodeID, _ session: RewriteSession) throws(ModelError) {
    let owner = session.graph[id]
    let own = owner.operands.count - owner.captureCount
    let body = owner.op.graphs[0]
    let node = body[inner]
    var operands: [ValueID?] = []
    for operand in node.operands {
      guard let operand else {
        operands.append(nil)
        continue
      }
      if let index = body.captures.firstIndex(of: operand) {
        operands.append(owner.operands[own + index])
      } else if let tensor = body.constant(operand) {
        operands.append(session.graph.addConstant(session.names.make(from: body[operand].name), tensor))
      }
    }
    let results = node.results.map { (name: session.names.make(from: body[$0].name), type: body[$0].type) }
    let outer = session.graph.addNode(node.op, operands, results: results, name: node.name, origin: node.origin, position: owner.position)
    let values = session.graph[outer].results
    try session.graph.updateGraphs(of: id) { (graphs) throws(ModelError) in
      for (old, result) in zip(node.results, results) {
        let capture = graphs[0].addCapture(result.name, result.type)
        graphs[0].replaceAllUses(of: old, with: capture)
      }
      graphs[0].remove(inner)
      for case let operand? in node.operands where graphs[0].contains(operand) && graphs[0][operand].constant != nil { graphs[0].removeConstant(operand) }
    }
    session.graph.setOperands(id, to: owner.operands + values)
    session.graph.dropUnusedCaptures(of: id)
  }
}
