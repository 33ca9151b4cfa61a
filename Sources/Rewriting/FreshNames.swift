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
      for inner in graph.graphs(of: id) { collect(inner) }
    }
  }

  package func make(from base: String) -> String { values.make(from: base) }
  func makeNodeName(from base: String) -> String { nodes.make(from: base) }

  /// A name for a value that moves from one graph to another: its own, unless another value has that too.
  package func keep(_ name: String) -> String { values.keep(name) }
  func keepNodeName(_ name: String) -> String { nodes.keep(name) }
}

/// How many have each name. Names count by their hashes: where two shared one, a new name would have a number that it need not have.
private struct TakenNames {
  private var taken: [Int: Int32] = [:]
  private var lastNumber: [String: Int] = [:]

  mutating func reserveCapacity(_ count: Int) { taken.reserveCapacity(count) }
  mutating func add(_ name: String) { taken[name.hashValue, default: 0] += 1 }

  mutating func make(from base: String) -> String {
    if isFree(base) { return base }
    var number = lastNumber[base] ?? 1
    var candidate: String
    repeat {
      number += 1
      candidate = "\(base)_\(number)"
    } while !isFree(candidate)
    lastNumber[base] = number
    return candidate
  }

  /// Takes the name if nobody has it.
  private mutating func isFree(_ name: String) -> Bool {
    let hash = name.hashValue
    guard taken[hash] == nil else { return false }
    taken[hash] = 1
    return true
  }

  mutating func keep(_ name: String) -> String { name.isEmpty || taken[name.hashValue] == 1 ? name : make(from: name) }
}
