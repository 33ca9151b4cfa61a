/// Gives sizes that no expression describes symbols that no graph of the model has yet: `?i1`, `?i2`, …
package final class FreshSymbols {
  private var last = 0

  package init() {}

  package func make() -> Dim {
    last += 1
    return .symbol("?i\(last)")
  }

  /// Keeps clear of the symbols of a graph and of the graphs within it, so that two sizes never share one by accident.
  package func avoid(those graph: Graph) {
    for id in graph.valueIDs {
      graph[id].type?.tensorType?.shape?.forEach(avoid)
      graph[id].elements?.forEach(avoid)
    }
    for id in graph.nodeIDs { for inner in graph.graphs(of: id) { avoid(those: inner) } }
  }

  private func avoid(_ dim: Dim) {
    guard case .expression(let polynomial) = dim else { return }
    polynomial.visitSymbols { name in
      guard name.hasPrefix("?i"), let number = Int(name.dropFirst(2)) else { return }
      last = max(last, number)
    }
  }
}
