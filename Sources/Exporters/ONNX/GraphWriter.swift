import Diagnostics
import GraphIR
import Lowerings
import Tensors

/// Writes one graph.
final class GraphWriter {
  let context: ExportContext
  let graph: Graph
  let names: NameTable
  /// Names of the graphs from the outermost, for messages.
  let path: String
  /// The operator set versions in force.
  let opsets: [(domain: String, version: Int)]

  init(
    _ graph: Graph, _ context: ExportContext, path: String, opsets: [(domain: String, version: Int)], names: NameTable
  ) {
    self.context = context
    self.graph = graph
    self.path = path
    self.opsets = opsets
    self.names = names
    for (old, new) in names.renamed {
      context.sink.report(Diagnostic(.note, "is written as \"\(new)\": another value has the name", at: Place(graph: path, value: old)))
    }
  }

  func write(to encoder: inout ProtoEncoder) throws(ModelError) {
    typealias Field = WireFields.Graph
    let order = try order()
    let constants = constants
    if context.formatVersion < 4 { try writeAsNodes(constants.unlisted, Field.node, to: &encoder) }
    for id in order where !isSparseInitializer(id) { try write(id, Field.node, to: &encoder) }
    let outputs = try writeOutputIdentities(to: &encoder)
    if !graph.name.isEmpty { encoder.text(Field.name, graph.name) }
    for id in context.formatVersion < 4 ? constants.listed : constants.all { try writeInitializer(id, to: &encoder) }
    if let text = graph.carried?.documentation { encoder.text(Field.documentation, text) }
    for id in graph.inputs + graph.listedConstants { try encoder.message(Field.input) { (info) throws(ModelError) in try write(id, to: &info) } }
    for (index, id) in graph.outputs.enumerated() { try writeOutput(id, named: outputs[index], to: &encoder) }
    try writeValueInfo(Field.valueInfo, to: &encoder)
    try writeCarriedLists(to: &encoder)
    for id in order where isSparseInitializer(id) { try writeSparseInitializer(id, to: &encoder) }
    try context.write(
      documentation: nil, Field.documentation, metadata: graph.carried?.metadata ?? [], Field.metadata, to: &encoder)
    encoder.serialized(graph.carried?.field("GraphProto"))
  }

  func order() throws(ModelError) -> [NodeID] {
    do throws(ModelError) {
      return try graph.topologicalOrder()
    } catch {
      var error = error
      error.place.graph = path
      throw error
    }
  }

  // MARK: - Constants

  private var constants: (all: [ValueID], listed: [ValueID], unlisted: [ValueID]) {
    let listed = Set(graph.listedConstants)
    var result: (all: [ValueID], listed: [ValueID], unlisted: [ValueID]) = ([], [], [])
    for id in graph.valueIDs {
      let isDefault = graph.defaults[id] != nil
      guard isDefault || (graph[id].constant != nil && !names[id].isEmpty) else { continue }
      result.all.append(id)
      // An initializer that was not listed although it had to be stays what it was.
      let wasInitializer = isDefault || listed.contains(id) || graph[id].carried?.fields["initializer"] != nil
      wasInitializer ? result.listed.append(id) : result.unlisted.append(id)
    }
    return result
  }

  private func writeInitializer(_ id: ValueID, to encoder: inout ProtoEncoder) throws(ModelError) {
    guard let tensor = graph[id].constant ?? graph.defaults[id] else { return }
    try encoder.message(WireFields.Graph.initializer) { (message) throws(ModelError) in
      try context.write(tensor, name: names[id], carried: graph[id].carried?.field("TensorProto"), to: &message)
    }
  }

  /// Constants as nodes, where a graph cannot hold them otherwise.
  func writeAsNodes(_ constants: [ValueID], _ field: Int, to encoder: inout ProtoEncoder) throws(ModelError) {
    for id in constants {
      guard let tensor = graph[id].constant else { continue }
      try encoder.message(field) { (node) throws(ModelError) in
        node.text(WireFields.Node.output, names[id])
        node.text(WireFields.Node.type, "Constant")
        try node.message(WireFields.Node.attribute) { (attribute) throws(ModelError) in
          attribute.text(WireFields.Attribute.name, "value")
          try attribute.message(WireFields.Attribute.tensor) { (message) throws(ModelError) in
            try context.write(tensor, name: nil, carried: graph[id].carried?.field("TensorProto"), to: &message)
          }
          attribute.integer(WireFields.Attribute.kind, 4)
        }
      }
    }
  }

  private func isSparseInitializer(_ id: NodeID) -> Bool { graph[id].carried?.fields["sparse_initializer"] != nil }

  private func writeSparseInitializer(_ id: NodeID, to encoder: inout ProtoEncoder) throws(ModelError) {
    let node = graph[id]
    guard let op = node.op as? ForeignOperator, let result = node.results.first,
      case .sparse(let tensor)? = op.namedAttributes.first(where: { $0.name == "sparse_value" })?.value
    else { throw ModelError(.internalInvariant, "a sparse initializer became something else", at: place(of: id)) }
    try encoder.message(WireFields.Graph.sparseInitializer) { (sparse) throws(ModelError) in
      try context.write(
        tensor, name: names[result], carried: node.carried, at: "attribute/sparse_value/sparse_tensor", to: &sparse)
      sparse.serialized(node.carried?.field("sparse_initializer"))
    }
  }

  // MARK: - Outputs

  /// A graph inside a node cannot hand out a value of the graph around it: an `Identity` makes it its own.
  private func writeOutputIdentities(to encoder: inout ProtoEncoder) throws(ModelError) -> [String] {
    var outputs: [String] = []
    for id in graph.outputs {
      guard case .capture = graph[id].origin else {
        outputs.append(names[id])
        continue
      }
      let name = names.fresh(names[id])
      try encoder.message(WireFields.Graph.node) { node in
        node.text(WireFields.Node.input, names[id])
        node.text(WireFields.Node.output, name)
        node.text(WireFields.Node.type, "Identity")
      }
      outputs.append(name)
    }
    return outputs
  }

  private func writeOutput(_ id: ValueID, named name: String, to encoder: inout ProtoEncoder) throws(ModelError) {
    let own = graph[id].carried?.field("output")
    try encoder.message(WireFields.Graph.output) { (info) throws(ModelError) in
      if let own { try write(id, as: own, to: &info) } else { try write(id, named: name, to: &info) }
    }
  }

  func place(of id: NodeID) -> Place {
    var place = graph.place(of: id)
    place.graph = path
    return place
  }
}
