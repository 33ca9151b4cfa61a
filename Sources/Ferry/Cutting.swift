import Diagnostics
import GraphIR

extension Model {
  /// Keeps what lies between values, by their names in the outermost graph: those of `from` become inputs, those of `to` the outputs.
  ///
  /// With no `to`, the outputs stay. Inputs that are still needed stay too, behind the new ones. Throws `usage` for a value that does not
  /// exist, that is a constant, of which the type is not known, or that no output depends on.
  mutating func cut(from: [String], to: [String]) throws(ModelError) {
    guard !from.isEmpty || !to.isEmpty else { return }
    var inference = TypeInference()
    try inference.run(on: &graph)
    let ends = try to.isEmpty ? graph.outputs : values(named: to)
    let starts = try values(named: from)
    for id in starts { try requireCuttable(id, ends) }
    var inputs: [ValueID] = []
    for id in starts {
      guard graph.producer(of: id) != nil else {
        inputs.append(id)
        continue
      }
      let (name, type) = (graph[id].name, graph[id].type)
      graph.rename(id, to: "")
      let input = graph.addInput(name, type)
      graph.setDeclaredType(input, to: type)
      graph.replaceAllUses(of: id, with: input)
      inputs.append(input)
    }
    graph.setOutputs(to.isEmpty ? graph.outputs : ends)
    for id in graph.outputs where !graph[id].isTypeDeclared { graph.setDeclaredType(id, to: graph[id].type) }
    try graph.keepOnlyWhatOutputsNeed()
    let rest = graph.inputs.filter { !inputs.contains($0) && !graph[$0].uses.isEmpty }
    for id in inputs where graph[id].uses.isEmpty {
      throw ModelError(.usage, "no output depends on the value", at: graph.place(of: id))
    }
    for id in graph.inputs where !inputs.contains(id) && !rest.contains(id) { graph.defaults[id] = nil }
    graph.setInputs(inputs + rest)
  }

  private func values(named names: [String]) throws(ModelError) -> [ValueID] {
    let known = Dictionary(graph.valueIDs.map { (graph[$0].name, $0) }, uniquingKeysWith: { first, _ in first })
    var result: [ValueID] = []
    for name in names {
      guard let id = known[name], !name.isEmpty else {
        let near = known.keys.filter { !$0.isEmpty && ($0.contains(name) || name.contains($0)) }.sorted().prefix(5)
        throw ModelError(
          .usage, "there is no value \"\(name)\" in graph \"\(graph.name)\"",
          notes: near.isEmpty ? [] : ["there are: " + near.joined(separator: ", ")])
      }
      guard !result.contains(id) else { throw ModelError(.usage, "the value is named twice", at: graph.place(of: id)) }
      result.append(id)
    }
    return result
  }

  private func requireCuttable(_ id: ValueID, _ ends: [ValueID]) throws(ModelError) {
    if graph.constant(id) != nil { throw ModelError(.usage, "the value is a constant", at: graph.place(of: id)) }
    if ends.contains(id) { throw ModelError(.usage, "the value is where the cut begins and where it ends", at: graph.place(of: id)) }
    if graph[id].type == nil { throw ModelError(.usage, "the value's type is not known", at: graph.place(of: id)) }
  }
}

extension Graph {
  /// Removes every node and constant that no output depends on, whatever it does.
  fileprivate mutating func keepOnlyWhatOutputsNeed() throws(ModelError) {
    for id in try topologicalOrder().reversed() where self[id].results.allSatisfy({ self[$0].uses.isEmpty && !self[$0].isOutput }) {
      remove(id)
    }
    for id in Array(valueIDs) where self[id].constant != nil { removeConstant(id) }
  }
}
