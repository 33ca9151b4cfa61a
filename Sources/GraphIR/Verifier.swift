import Diagnostics

extension Graph {
  /// Checks that the graph is well formed: operands fit the operators' declarations, results are single-assigned, captures
  /// agree with the nodes that own the graphs, use lists are exact, names are unique and nothing is cyclic.
  ///
  /// Throws `invalidGraph`, `duplicateName` or `cycle`. Time and memory are linear in the graph.
  package func verify() throws(ModelError) {
    var names = Set<String>(minimumCapacity: valueCapacity)
    try verify(&names, depth: 0)
  }

  private func verify(_ names: inout Set<String>, depth: Int) throws(ModelError) {
    guard depth < 64 else { throw ModelError(.limitExceeded, "graphs are nested more than 64 deep", at: Place(graph: name)) }
    for id in valueIDs {
      let value = self[id]
      if value.isCapture { continue }
      guard value.name.isEmpty || names.insert(value.name).inserted else {
        throw ModelError(.duplicateName, "the name is given to two values", at: place(of: id))
      }
    }
    for id in outputs where valueSlots[id.index] == nil {
      throw ModelError(.internalInvariant, "an output was removed", at: Place(graph: name))
    }
    var useCount = [Int32](repeating: 0, count: valueCapacity)
    for id in nodeIDs { try verify(id, &useCount, &names, depth: depth) }
    for id in valueIDs where self[id].uses.count != useCount[id.index] {
      throw ModelError(.internalInvariant, "\(self[id].uses.count) uses are noted, \(useCount[id.index]) exist", at: place(of: id))
    }
    _ = try topologicalOrder()
    // Sibling graphs may repeat each other's names; only those of graphs around must differ.
    if depth > 0 { for id in valueIDs where !self[id].isCapture { names.remove(self[id].name) } }
  }

  private func verify(
    _ id: NodeID, _ useCount: inout [Int32], _ names: inout Set<String>, depth: Int
  ) throws(ModelError) {
    let node = self[id]
    for operand in node.operands {
      guard let operand else { continue }
      guard valueSlots[operand.index] != nil else {
        throw ModelError(.internalInvariant, "an operand was removed", at: place(of: id))
      }
      useCount[operand.index] += 1
    }
    for (index, result) in node.results.enumerated() {
      guard case .result(id, index)? = valueSlots[result.index]?.origin else {
        throw ModelError(.internalInvariant, "result \(index) belongs to another node", at: place(of: id))
      }
    }
    try verifyArity(id)
    let graphs = node.op.graphs
    for graph in graphs {
      guard graph.captures.count == node.captureCount else {
        throw ModelError(.internalInvariant, "its graphs capture different numbers of values", at: place(of: id))
      }
      try graph.verify(&names, depth: depth + 1)
    }
  }

  private func verifyArity(_ id: NodeID) throws(ModelError) {
    let node = self[id]
    let own = node.operands.dropLast(node.captureCount)
    let arities = type(of: node.op).operandArities
    for (index, arity) in arities.enumerated() {
      switch arity {
      case .one where index >= own.count || own[index] == nil:
        throw ModelError(.invalidGraph, "operand \(index) is missing", at: place(of: id))
      case .variadic(let minimum) where own.count - index < minimum:
        throw ModelError(.invalidGraph, "\(max(own.count - index, 0)) operands where at least \(minimum) are expected", at: place(of: id))
      default: break
      }
    }
    if own.count > arities.count, arities.last.map({ if case .variadic = $0 { false } else { true } }) ?? true {
      throw ModelError(.invalidGraph, "\(own.count) operands where at most \(arities.count) are expected", at: place(of: id))
    }
    let results = type(of: node.op).results
    if node.results.count > results.count, results.last.map({ if case .variadic = $0 { false } else { true } }) ?? true {
      throw ModelError(.invalidGraph, "\(node.results.count) results where at most \(results.count) are expected", at: place(of: id))
    }
  }
}
