import Diagnostics

extension Graph {
  /// Checks that the graph is well formed: operands fit the operators' declarations, results are single-assigned, captures
  /// agree with the nodes that own the graphs, use lists are exact, names are unique and nothing is cyclic.
  ///
  /// Throws `invalidGraph`, `duplicateName` or `cycle`. Time and memory are linear in the graph.
  package func verify() throws(ModelError) {
    var verifier = Verifier(valueCount: valueCapacity)
    try verifier.verify(self, depth: 0)
  }
}

private struct Verifier {
  /// Names of this graph's values and of those around.
  private var names: Set<String>
  private var declarations: [ObjectIdentifier: Declaration] = [:]

  /// What an operator declares, kept because making these lists anew takes longer than everything else.
  private struct Declaration {
    let operands: [Arity]
    let results: [Arity]
    let isVariadic: Bool
    let hasVariadicResults: Bool

    init(_ type: any Operator.Type) {
      operands = type.operandArities
      results = type.results
      isVariadic = Self.endsVariadic(operands)
      hasVariadicResults = Self.endsVariadic(results)
    }

    private static func endsVariadic(_ arities: [Arity]) -> Bool {
      if case .variadic? = arities.last { true } else { false }
    }
  }

  init(valueCount: Int) { names = Set(minimumCapacity: valueCount) }

  mutating func verify(_ graph: Graph, depth: Int) throws(ModelError) {
    guard depth < 64 else { throw ModelError(.limitExceeded, "graphs are nested more than 64 deep", at: Place(graph: graph.name)) }
    for id in graph.valueIDs where !graph[id].isCapture {
      guard graph[id].name.isEmpty || names.insert(graph[id].name).inserted else {
        throw ModelError(.duplicateName, "the name is given to two values", at: graph.place(of: id))
      }
    }
    for id in graph.outputs where !graph.contains(id) {
      throw ModelError(.internalInvariant, "an output was removed", at: Place(graph: graph.name))
    }
    var useCount = [Int32](repeating: 0, count: graph.valueCapacity)
    for id in graph.nodeIDs { try verify(id, in: graph, &useCount, depth: depth) }
    for id in graph.valueIDs where graph[id].uses.count != useCount[id.index] {
      throw ModelError(
        .internalInvariant, "\(graph[id].uses.count) uses are noted, \(useCount[id.index]) exist", at: graph.place(of: id))
    }
    _ = try graph.topologicalOrder()
    // Sibling graphs may repeat each other's names; only those of graphs around must differ.
    if depth > 0 { for id in graph.valueIDs where !graph[id].isCapture { names.remove(graph[id].name) } }
  }

  private mutating func verify(_ id: NodeID, in graph: Graph, _ useCount: inout [Int32], depth: Int) throws(ModelError) {
    for case let operand? in graph[id].operands {
      guard graph.contains(operand) else {
        throw ModelError(.internalInvariant, "an operand was removed", at: graph.place(of: id))
      }
      useCount[operand.index] += 1
    }
    for (index, result) in graph[id].results.enumerated() {
      guard graph.contains(result), case .result(id, index) = graph[result].origin else {
        throw ModelError(.internalInvariant, "result \(index) belongs to another node", at: graph.place(of: id))
      }
    }
    let graphs = graph.graphs(of: id)
    let captureCount = graphs.first?.captures.count ?? 0
    try verifyArity(id, in: graph, operandCount: graph[id].operands.count - captureCount)
    for inner in graphs {
      guard inner.captures.count == captureCount else {
        throw ModelError(.internalInvariant, "its graphs capture different numbers of values", at: graph.place(of: id))
      }
      try verify(inner, depth: depth + 1)
    }
  }

  private mutating func verifyArity(_ id: NodeID, in graph: Graph, operandCount count: Int) throws(ModelError) {
    let declared = declaration(graph[id].key, type(of: graph[id].op))
    for (index, arity) in declared.operands.enumerated() {
      switch arity {
      case .one where index >= count || graph[id].operands[index] == nil:
        throw ModelError(.invalidGraph, "operand \(index) is missing", at: graph.place(of: id))
      case .variadic(let minimum) where count - index < minimum:
        throw ModelError(
          .invalidGraph, "\(max(count - index, 0)) operands where at least \(minimum) are expected", at: graph.place(of: id))
      default: break
      }
    }
    if count > declared.operands.count, !declared.isVariadic {
      throw ModelError(
        .invalidGraph, "\(count) operands where at most \(declared.operands.count) are expected", at: graph.place(of: id))
    }
    let results = graph[id].results.count
    if results > declared.results.count, !declared.hasVariadicResults {
      throw ModelError(
        .invalidGraph, "\(results) results where at most \(declared.results.count) are expected", at: graph.place(of: id))
    }
  }

  private mutating func declaration(_ key: ObjectIdentifier, _ type: @autoclosure () -> any Operator.Type) -> Declaration {
    if let known = declarations[key] { return known }
    let made = Declaration(type())
    declarations[key] = made
    return made
  }
}
