import Diagnostics
import GraphIR

/// A graph while it is read: its values by name.
final class GraphScope {
  var graph: Graph
  var ids = NameTable<ValueID>()
  /// The node that owns the graph, unless it is outermost.
  let owner: CaptureScope?
  /// Names of the graphs from the outermost, as in `main/then_branch`.
  let path: String

  init(name: String, path: String, owner: CaptureScope?) {
    graph = Graph(name: name)
    self.path = path
    self.owner = owner
  }

  func define(_ name: FieldBytes, as id: ValueID, _ context: ReadContext) throws(ModelError) {
    guard ids.define(name, as: id) else {
      throw ModelError(.duplicateName, "the name stands for two values", at: Place(graph: path, value: name.lossyText))
    }
    if let owner, owner.outer.knows(name) {
      context.sink.warn("hides a value of the graph around", at: Place(file: context.file.path, graph: path, value: name.lossyText))
    }
  }

  /// The value of that name; one of the graphs around becomes a capture. Throws `limitExceeded`.
  func resolve(_ name: FieldBytes, _ context: ReadContext) throws(ModelError) -> ValueID? {
    if let id = ids[name] { return id }
    guard let owner, let index = try owner.index(of: name, context) else { return nil }
    try addCaptures(through: index, context)
    return graph.captures[index]
  }

  /// Gives the graph the captures that its siblings have, so that all of a node's graphs share one list.
  func addCaptures(through last: Int, _ context: ReadContext) throws(ModelError) {
    guard let owner, graph.captures.count <= last else { return }
    try context.spendCaptures(last + 1 - graph.captures.count)
    while graph.captures.count <= last {
      let index = graph.captures.count
      let outer = owner.outer.graph[owner.values[index]]
      let id = graph.addCapture(outer.name, outer.type)
      ids.define(owner.names[index], as: id)
    }
  }

  private func knows(_ name: FieldBytes) -> Bool { ids[name] != nil || owner?.outer.knows(name) ?? false }
}

/// What the graphs of one node use of the graph around it.
final class CaptureScope {
  let outer: GraphScope
  private(set) var names: [FieldBytes] = []
  private(set) var values: [ValueID] = []
  private var indices: [FieldBytes: Int] = [:]

  init(outer: GraphScope) { self.outer = outer }

  func index(of name: FieldBytes, _ context: ReadContext) throws(ModelError) -> Int? {
    if let index = indices[name] { return index }
    guard let value = try outer.resolve(name, context) else { return nil }
    indices[name] = values.count
    names.append(name)
    values.append(value)
    return values.count - 1
  }
}
