import Diagnostics
import GraphIR
import Lowerings
import Tensors

/// Nodes and their attributes.
extension GraphWriter {
  func write(_ id: NodeID, _ field: Int, to encoder: inout ProtoEncoder) throws(ModelError) {
    do throws(ModelError) {
      try encoder.message(field) { (message) throws(ModelError) in try write(id, to: &message) }
    } catch {
      throw error.place.graph == nil ? error.located(place(of: id)) : error
    }
  }

  private func write(_ id: NodeID, to encoder: inout ProtoEncoder) throws(ModelError) {
    typealias Field = WireFields.Node
    guard let op = graph.operatorIf(ForeignOperator.self, at: id) else {
      throw ModelError(.internalInvariant, "the operator was not lowered")
    }
    let carried = graph[id].carried
    try context.check(op, origin: graph[id].origin, imports: opsets)
    let captureCount = op.namedAttributes.isEmpty ? 0 : graph[id].captureCount
    for operand in graph[id].operands.dropLast(captureCount) { encoder.text(Field.input, operand.map { names[$0] } ?? "") }
    for result in graph[id].results { encoder.text(Field.output, names[result]) }
    if !graph[id].name.isEmpty { encoder.text(Field.name, graph[id].name) }
    encoder.text(Field.type, op.name)
    for attribute in op.namedAttributes {
      try encoder.message(Field.attribute) { (message) throws(ModelError) in
        do throws(ModelError) {
          try write(attribute, carried: carried, captured: graph[id].operands.suffix(captureCount), to: &message)
        } catch {
          throw error.place.graph == nil ? error.located(Place(attribute: attribute.name)) : error
        }
      }
    }
    if !op.domain.isEmpty { encoder.text(Field.domain, op.domain) }
    if !op.overload.isEmpty { encoder.text(Field.overload, op.overload) }
    try context.write(
      documentation: carried?.documentation, Field.documentation, metadata: metadata(of: id), Field.metadata, to: &encoder)
    encoder.serialized(carried?.field("NodeProto"))
  }

  /// The node's own metadata and, for nodes made by rules, where they come from.
  private func metadata(of id: NodeID) -> [(key: [UInt8], value: [UInt8])] {
    let own = graph[id].carried?.metadata ?? []
    // Nodes have metadata since version 10 of the file structure.
    guard case .derived(let derivation) = graph[id].origin, context.formatVersion >= 10 else { return own }
    let sources = (key: Array("ferry.sources".utf8), value: Array(derivation.sources.joined(separator: ", ").utf8))
    let rules = (key: Array("ferry.rules".utf8), value: Array(derivation.rules.joined(separator: ", ").utf8))
    return own.filter { $0.key != sources.key && $0.key != rules.key } + [sources, rules]
  }

  // MARK: - Attributes

  func write(
    _ attribute: NamedAttribute, carried: Carried?, captured: ArraySlice<ValueID?>, to encoder: inout ProtoEncoder
  ) throws(ModelError) {
    typealias Field = WireFields.Attribute
    encoder.text(Field.name, attribute.name)
    let part = "attribute/\(attribute.name)"
    var kind = attribute.value.attributeKind
    switch attribute.value {
    case .int(let value): encoder.integer(Field.int, value)
    case .element(let element): encoder.integer(Field.int, Int64(element.onnxCode))
    case .float(let value): encoder.float(Field.float, value)
    case .string(let value): encoder.text(Field.string, value)
    case .ints(let values): for value in values { encoder.integer(Field.ints, value) }
    case .floats(let values): for value in values { encoder.float(Field.floats, value) }
    case .strings(let values): for value in values { encoder.text(Field.strings, value) }
    case .tensor(let tensor): try write(tensor, Field.tensor, carried?.field(part + "/t"), to: &encoder)
    case .tensors(let tensors):
      for (index, tensor) in tensors.enumerated() { try write(tensor, Field.tensors, carried?.field("\(part)/tensors/\(index)"), to: &encoder) }
    case .sparse(let tensor): try write(tensor, Field.sparse, carried, part + "/sparse_tensor", to: &encoder)
    case .sparses(let tensors):
      for (index, tensor) in tensors.enumerated() { try write(tensor, Field.sparses, carried, "\(part)/sparse_tensors/\(index)", to: &encoder) }
    case .type(let type):
      try TypeWriter.write(type, carried: carried?.field(part + "/tp"), keepsSymbols: true, Field.type, to: &encoder)
    case .types(let types):
      for (index, type) in types.enumerated() {
        try TypeWriter.write(type, carried: carried?.field("\(part)/type_protos/\(index)"), keepsSymbols: true, Field.types, to: &encoder)
      }
    case .graph(let graph): try write(graph, attribute.name, captured, Field.graph, to: &encoder)
    case .graphs(let graphs):
      for (index, graph) in graphs.enumerated() { try write(graph, "\(attribute.name)[\(index)]", captured, Field.graphs, to: &encoder) }
    case .reference(let name, let referenced):
      encoder.text(Field.reference, name)
      kind = referenced
    }
    encoder.integer(Field.kind, Int64(kind))
    encoder.serialized(carried?.field(part))
  }

  private func write(_ tensor: Tensor, _ field: Int, _ carried: [UInt8]?, to encoder: inout ProtoEncoder) throws(ModelError) {
    try encoder.message(field) { (message) throws(ModelError) in
      try context.write(tensor, name: nil, carried: carried, to: &message)
    }
  }

  private func write(
    _ tensor: SparseTensor, _ field: Int, _ carried: Carried?, _ part: String, to encoder: inout ProtoEncoder
  ) throws(ModelError) {
    try encoder.message(field) { (message) throws(ModelError) in
      try context.write(tensor, name: nil, carried: carried, at: part, to: &message)
    }
  }

  private func write(
    _ graph: Graph, _ name: String, _ captured: ArraySlice<ValueID?>, _ field: Int, to encoder: inout ProtoEncoder
  ) throws(ModelError) {
    let inner = GraphWriter(
      graph, context, path: "\(path)/\(name)", opsets: opsets, names: NameTable(graph, captured: captured, outer: names))
    try encoder.message(field) { (message) throws(ModelError) in
      do throws(ModelError) {
        try inner.write(to: &message)
      } catch {
        throw error.located(Place(graph: inner.path))
      }
    }
  }
}

extension AttributeValue {
  /// ONNX's number for the kind.
  fileprivate var attributeKind: Int {
    switch self {
    case .float: 1
    case .int, .element: 2
    case .string: 3
    case .tensor: 4
    case .graph: 5
    case .floats: 6
    case .ints: 7
    case .strings: 8
    case .tensors: 9
    case .graphs: 10
    case .sparse: 11
    case .sparses: 12
    case .type: 13
    case .types: 14
    case .reference: 0
    }
  }
}
