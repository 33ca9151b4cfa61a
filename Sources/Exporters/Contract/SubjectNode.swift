import GraphIR
import Tensors

/// A format's own operator in our graph, where a rule for that format has put it in the place of a standard one.
package protocol FormatKernel: Operator {
  var standardName: String { get }
}

/// A node while a target judges it, and what is known of its operands and results.
package struct SubjectNode {
  package let graph: Graph
  package let id: NodeID

  package init(_ id: NodeID, in graph: Graph) {
    self.graph = graph
    self.id = id
  }

  package var op: any Operator { graph[id].op }
  /// The ONNX operator that the node computes, by which lists of operators call it.
  package var standardName: String { (op as? any FormatKernel)?.standardName ?? op.name }
  package var operandCount: Int { graph[id].operands.count }
  package var resultCount: Int { graph[id].results.count }

  /// The operator, when it is an `Op`.
  package func operatorIf<Op: Operator>(_ type: Op.Type) -> Op? { graph.operatorIf(Op.self, at: id) }

  /// What is known of an operand; `nil` when it is absent.
  package func operand(_ index: Int) -> Fact? {
    let operands = graph[id].operands
    guard index < operands.count, let value = operands[index] else { return nil }
    return graph.fact(value)
  }

  package func operand(_ slot: some OperandSlot) -> Fact? { operand(slot.rawValue) }

  package func result(_ index: Int) -> Fact { graph.fact(graph[id].results[index]) }

  /// True when the result has a user or is an output.
  package func isUsed(result index: Int) -> Bool {
    guard index < resultCount else { return false }
    let value = graph[graph[id].results[index]]
    return !value.uses.isEmpty || value.isOutput
  }

  /// Facts of all operands that are present, captures included.
  package var operands: [Fact] { graph[id].operands.compactMap { $0.map(graph.fact) } }
  /// Facts of all results.
  package var results: [Fact] { graph[id].results.map(graph.fact) }

  /// The node that computes an operand.
  package func producer(ofOperand index: Int) -> SubjectNode? {
    let operands = graph[id].operands
    guard index < operands.count, let value = operands[index], let producer = graph.producer(of: value) else { return nil }
    return SubjectNode(producer, in: graph)
  }
}
