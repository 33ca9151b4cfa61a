import GraphIR

/// Gives values and nodes names, and open sizes symbols, that no graph of the model has yet.
package final class FreshNames {
  private var values = TakenNames()
  private var nodes = TakenNames()
  let symbols = FreshSymbols()

  package init() {}

  /// Keeps clear of all names and symbols in a graph and the graphs within it.
  package convenience init(of graph: Graph) {
    self.init()
    values.reserveCapacity(graph.valueCapacity)
    nodes.reserveCapacity(graph.nodeCapacity)
    collect(graph)
    symbols.avoid(those: graph)
  }

  private func collect(_ graph: Graph) {
    for id in graph.valueIDs { values.add(graph[id].name) }
    for id in graph.nodeIDs {
      nodes.add(graph[id].name)
      for inner in graph[id].op.graphs { collect(inner) }
    }
  }

  package func make(from base: String) -> String { values.make(from: base) }
  func makeNodeName(from base: String) -> String { nodes.make(from: base) }

  /// A name for a value that moves from one graph to another: its own, unless another value has that too.
  package func keep(_ name: String) -> String { values.keep(name) }
  func keepNodeName(_ name: String) -> String { nodes.keep(name) }
}

private struct TakenNames {
  /// How many have the name.
  private var taken: [String: Int] = [:]
  private var lastNumber: [String: Int] = [:]

  mutating func reserveCapacity(_ count: Int) { taken.reserveCapacity(count) }
  mutating func add(_ name: String) { taken[name, default: 0] += 1 }

  mutating func make(from base: String) -> String {
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

  mutating func keep(_ name: String) -> String { name.isEmpty || taken[name] == 1 ? name : make(from: name) }
}
