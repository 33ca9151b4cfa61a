import Diagnostics
import GraphIR

extension Graph {
  /// Renames values of nested graphs that have the name of a value of a graph around. Files may have them: where the other value is
  /// computed later, ONNX allows it, and runtimes take what hides one.
  mutating func giveNestedValuesNamesOfTheirOwn() throws(ModelError) {
    guard nodeIDs.contains(where: { ownsGraphs($0) }) else { return }
    var taken: Set<String> = []
    collectNames(&taken)
    try renameNested(around: [], &taken)
  }

  private func collectNames(_ names: inout Set<String>) {
    for id in valueIDs { names.insert(self[id].name) }
    for id in nodeIDs where ownsGraphs(id) {
      for inner in graphs(of: id) { inner.collectNames(&names) }
    }
  }

  private mutating func renameNested(around: Set<String>, _ taken: inout Set<String>) throws(ModelError) {
    var known = around
    for id in valueIDs where !self[id].isCapture && !self[id].name.isEmpty {
      if around.contains(self[id].name) {
        let name = Self.freshName(like: self[id].name, &taken)
        rename(id, to: name)
      }
      known.insert(self[id].name)
    }
    for id in nodeIDs where ownsGraphs(id) {
      try updateGraphs(of: id) { (graphs) throws(ModelError) in
        for index in graphs.indices { try graphs[index].renameNested(around: known, &taken) }
      }
    }
  }

  private static func freshName(like name: String, _ taken: inout Set<String>) -> String {
    var number = 1
    while !taken.insert("\(name)/\(number)").inserted { number += 1 }
    return "\(name)/\(number)"
  }
}
