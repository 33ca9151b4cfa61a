import Diagnostics

extension Graph {
  /// Replaces symbols in all types and known elements, also of the graphs within.
  package mutating func substitute(_ symbols: [String: Dim]) {
    guard !symbols.isEmpty else { return }
    func replaced(_ type: ValueType) -> ValueType {
      guard case .tensor(let tensor) = type else { return type }
      return .tensor(tensor.element, tensor.shape?.map { $0.substituting(symbols) })
    }
    for id in Array(valueIDs) {
      let value = self[id]
      if let type = value.type { setType(id, to: replaced(type)) }
      if let type = value.declaredType { setDeclaredType(id, to: replaced(type)) }
      if let elements = value.elements { setElements(id, to: elements.map { $0.substituting(symbols) }) }
    }
    for id in Array(nodeIDs) where ownsGraphs(id) {
      try? updateGraphs(of: id) { graphs in
        for index in graphs.indices { graphs[index].substitute(symbols) }
      }
    }
  }
}
