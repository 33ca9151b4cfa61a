import GraphIR

/// Gives values names, and open sizes symbols, that no graph of the model has yet.
package final class FreshNames {
  /// How many values have the name.
  private var taken: [String: Int] = [:]
  private var lastNumber: [String: Int] = [:]
  let symbols = FreshSymbols()

  package init() {}

  /// Keeps clear of all names and symbols in a graph and the graphs within it.
  package convenience init(of graph: Graph) {
    self.init()
    taken.reserveCapacity(graph.valueCapacity)
    collect(graph)
    symbols.avoid(those: graph)
  }

  private func collect(_ graph: Graph) {
    for id in graph.valueIDs { taken[graph[id].name, default: 0] += 1 }
    for id in graph.nodeIDs { for inner in graph[id].op.graphs { collect(inner) } }
  }

  package func make(from base: String) -> String {
    guard taken[base] != nil else {
      taken[base] = 1
      return base
    }
    var number = lastNumber[base] ?? 1
    var candidate: String
    repeat {
      number += 1
      candidate = "\(base)_\(number)"
    } while taken[candidate] != nil
    lastNumber[base] = number
    taken[candidate] = 1
    return candidate
  }

  /// A name for a value that moves from one graph to another: its own, unless another value has that too.
  package func keep(_ name: String) -> String { name.isEmpty || taken[name] == 1 ? name : make(from: name) }
}
