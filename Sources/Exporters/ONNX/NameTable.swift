import GraphIR

/// The names under which one graph's values are written: unique in it and against the graphs around it.
final class NameTable {
  private let outer: NameTable?
  private var names: [String]
  private var taken: Set<String> = []
  /// Names that had to change, for the report.
  private(set) var renamed: [(from: String, to: String)] = []

  /// `captured` are the values of the node around that the graph captures.
  init(_ graph: Graph, captured: ArraySlice<ValueID?> = [], outer: NameTable? = nil) {
    self.outer = outer
    names = [String](repeating: "", count: graph.valueCapacity)
    taken.reserveCapacity(graph.valueCapacity)
    for (capture, value) in zip(graph.captures, captured) {
      if let value, let outer { names[capture.index] = outer[value] }
    }
    // What callers know goes first, so that it is never the one to change.
    for id in graph.inputs + graph.listedConstants + graph.outputs { take(id, graph) }
    for id in graph.valueIDs where !graph[id].name.isEmpty { take(id, graph) }
    for id in graph.valueIDs where names[id.index].isEmpty {
      if graph[id].isCapture { continue }
      if !graph[id].uses.isEmpty || graph[id].isOutput || graph.inputs.contains(id) || Self.isMadeByLoop(id, graph) { names[id.index] = fresh(Self.stem(of: id, graph)) }
    }
  }

  /// ONNX Runtime 1.31 crashes at a loop whose carried value has no name outside, and does not load such a scan. Those of a source are left as they are.
  private static func isMadeByLoop(_ id: ValueID, _ graph: Graph) -> Bool {
    guard let producer = graph.producer(of: id), ["Loop", "Scan"].contains(graph[producer].op.name), case .derived = graph[producer].origin else { return false }
    return true
  }

  /// Empty for a result that nobody uses and that had no name.
  subscript(id: ValueID) -> String { names[id.index] }

  /// A name for a value that the graph does not have.
  func fresh(_ stem: String) -> String {
    var name = stem
    var number = 0
    while name.isEmpty || isTaken(name) {
      number += 1
      name = "\(stem)_\(number)"
    }
    taken.insert(name)
    return name
  }

  func contains(_ name: String) -> Bool { taken.contains(name) }

  private func take(_ id: ValueID, _ graph: Graph) {
    if graph[id].isCapture { return }
    let name = graph[id].name
    guard names[id.index].isEmpty, !name.isEmpty else { return }
    if !(outer?.isTaken(name) ?? false), taken.insert(name).inserted {
      names[id.index] = name
    } else {
      names[id.index] = fresh(name)
      renamed.append((name, names[id.index]))
    }
  }

  private func isTaken(_ name: String) -> Bool { taken.contains(name) || outer?.isTaken(name) ?? false }

  private static func stem(of value: ValueID, _ graph: Graph) -> String {
    switch graph[value].origin {
    case .result(let node, _): graph[node].name.isEmpty ? graph[node].op.name : graph[node].name
    case .constant: "constant"
    case .input: "input"
    case .capture: "captured"
    }
  }
}
