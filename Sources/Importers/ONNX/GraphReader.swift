internal import CONNXProto
internal import CProtobufC
import Diagnostics
import GraphIR
import Tensors

/// Builds one graph: values by name first, then the nodes between them.
final class GraphReader {
  let context: ReadContext
  let opsets: [(domain: String, version: Int)]
  let scope: GraphScope
  /// The first description of each value: it gives the type; further ones are carried.
  private var infos: [Info?] = []
  private struct Info {
    let place: MessageList<Onnx__ValueInfoProto>.Place
    let isListed: Bool
  }
  private var isOrdered = true

  init(_ context: ReadContext, opsets: [(domain: String, version: Int)], scope: GraphScope) {
    self.context = context
    self.opsets = opsets
    self.scope = scope
  }

  static func read(
    _ proto: UnsafeMutablePointer<Onnx__GraphProto>, _ context: ReadContext, opsets: [(domain: String, version: Int)],
    path: String?, owner: CaptureScope?, deferred: DeferredMessages? = nil
  ) throws(ModelError) -> GraphScope {
    let name = try context.identifier(proto.pointee.name, "graph name")
    let scope = GraphScope(name: name, path: path ?? (name.isEmpty ? "main" : name), owner: owner)
    do throws(ModelError) {
      try GraphReader(context, opsets: opsets, scope: scope).read(proto, deferred)
    } catch {
      throw error.located(Place(graph: scope.path))
    }
    return scope
  }

  private func read(_ proto: UnsafeMutablePointer<Onnx__GraphProto>, _ deferred: DeferredMessages?) throws(ModelError) {
    let graph = proto.pointee
    let capacity = graph.n_node + graph.n_initializer + graph.n_input
    scope.ids.reserveCapacity(capacity)
    scope.graph.reserveCapacity(nodes: graph.n_node + graph.n_sparse_initializer, values: capacity)
    try addInputsAndInitializers(graph)
    let nodes = MessageList(graph.node, graph.n_node, deferred)
    try addSparseInitializers(Messages(graph.sparse_initializer, graph.n_sparse_initializer))
    let results = try declareResults(nodes)
    let outputs = Messages(graph.output, graph.n_output)
    for output in outputs {
      if let id = scope.ids[FieldBytes(output.pointee.name)] { try describe(id, output, "output") }
    }
    try addValueInfo(MessageList(graph.value_info, graph.n_value_info, deferred))
    try addNodes(nodes, results)
    try addOutputs(outputs)
    carry(graph)
  }

  // MARK: - Inputs and constants

  private func addInputsAndInitializers(_ proto: Onnx__GraphProto) throws(ModelError) {
    let inputs = Messages(proto.input, proto.n_input)
    var defaults: [FieldBytes: (tensor: Tensor, rest: [UInt8]?)?] = [:]
    for input in inputs { defaults.updateValue(nil, forKey: FieldBytes(input.pointee.name)) }
    for initializer in Messages(proto.initializer, proto.n_initializer) {
      let key = FieldBytes(initializer.pointee.name)
      let name = try context.identifier(initializer.pointee.name, "initializer")
      guard !name.isEmpty else { throw ModelError(.invalidGraph, "an initializer has no name") }
      let tensor = try locating(name) { () throws(ModelError) in try TensorReader.read(initializer, context) }
      let rest = context.remainder(of: initializer, keepingName: false)
      if let known = defaults[key] {
        guard known == nil else { throw ModelError(.duplicateName, "two initializers have the name", at: Place(value: name)) }
        defaults.updateValue((tensor, rest), forKey: key)
      } else {
        let id = scope.graph.addConstant(name, tensor)
        try scope.define(key, as: id, context)
        var fields: [String: [[UInt8]]] = [:]
        if let rest { fields["TensorProto"] = [rest] }
        // Before IR version 4 it should have been listed; whoever writes it back may not take it for a constant of later making.
        if context.formatVersion < 4 { fields["initializer"] = [] }
        if !fields.isEmpty { scope.graph.setCarried(id, to: Carried(fields: fields)) }
      }
    }
    for input in inputs { try addInput(input, defaults[FieldBytes(input.pointee.name)] ?? nil) }
  }

  private func addInput(
    _ input: UnsafeMutablePointer<Onnx__ValueInfoProto>, _ initializer: (tensor: Tensor, rest: [UInt8]?)?
  ) throws(ModelError) {
    let name = try context.identifier(input.pointee.name, "graph input")
    guard !name.isEmpty else { throw ModelError(.invalidGraph, "a graph input has no name") }
    let id: ValueID
    if let initializer, context.formatVersion < 4 {
      id = scope.graph.addConstant(name, initializer.tensor)
      scope.graph.listedConstants.append(id)
    } else {
      id = scope.graph.addInput(name, nil)
      if let initializer { scope.graph.defaults[id] = initializer.tensor }
    }
    try scope.define(FieldBytes(input.pointee.name), as: id, context)
    if let rest = initializer?.rest { scope.graph.setCarried(id, to: Optional<Carried>.none.adding("TensorProto", [rest])) }
    try describe(id, input, "input")
  }

  /// A sparse initializer becomes a `Constant` node that remembers what it was.
  private func addSparseInitializers(_ sparse: Messages<Onnx__SparseTensorProto>) throws(ModelError) {
    for initializer in sparse {
      guard let values = initializer.pointee.values, let indices = initializer.pointee.indices else {
        throw ModelError(.malformed, "a sparse initializer lacks its values or indices")
      }
      let name = try context.identifier(values.pointee.name, "sparse initializer")
      guard !name.isEmpty else { throw ModelError(.invalidGraph, "a sparse initializer has no name") }
      let tensor = try locating(name) { () throws(ModelError) in try context.sparseTensor(initializer) }
      let key = FieldBytes(values.pointee.name)
      if let input = scope.ids[key], scope.graph.inputs.contains(input), scope.graph.defaults[input] == nil {
        try carrySparseDefault(initializer, of: input)
        continue
      }
      var rest = initializer.pointee
      rest.values = nil
      rest.indices = nil
      rest.n_dims = 0
      var fields = ["sparse_initializer": [serialized(rest)]]
      fields["attribute/sparse_value/sparse_tensor/values"] = context.remainder(of: values, keepingName: false).map { [$0] }
      fields["attribute/sparse_value/sparse_tensor/indices"] = context.remainder(of: indices, keepingName: true).map { [$0] }
      let op = ForeignOperator(
        domain: "", name: "Constant", version: context.version(of: "", in: opsets),
        attributes: [NamedAttribute("sparse_value", .sparse(tensor))])
      let result = scope.graph.addResult(name, of: NodeID(scope.graph.nodeCapacity), 0)
      try scope.define(key, as: result, context)
      scope.graph.addNode(op, [], producing: [result], name: "", carried: Carried(fields: fields))
    }
  }

  private func carrySparseDefault(_ proto: UnsafeMutablePointer<Onnx__SparseTensorProto>, of input: ValueID) throws(ModelError) {
    let name = scope.graph[input].name
    context.sink.warn(
      "the input has a sparse default, which is written back but not used",
      at: Place(file: context.file.path, graph: scope.path, value: name))
    try context.requireInline(proto.pointee.values, proto.pointee.indices)
    scope.graph.setCarried(input, to: scope.graph[input].carried.adding("sparse_initializer", [serialized(proto.pointee)]))
  }

  private func locating<R>(_ value: String, _ body: () throws(ModelError) -> R) throws(ModelError) -> R {
    do throws(ModelError) { return try body() } catch { throw error.located(Place(value: value)) }
  }

  // MARK: - Descriptions

  /// Gives a value what the model says of it. `list` is the field that says it: `input`, `output` or `value_info`.
  private func describe(
    _ id: ValueID, _ proto: UnsafeMutablePointer<Onnx__ValueInfoProto>, _ list: String, _ info: Info? = nil,
    in all: MessageList<Onnx__ValueInfoProto>? = nil
  ) throws(ModelError) {
    while infos.count <= id.index { infos.append(nil) }
    if let first = infos[id.index] {
      if list == "output" && scope.graph[id].isOutput { return }
      let description = Self.description(proto)
      let known = try first.isListed ? all?.message(at: first.place) : first.place.assumingMemoryBound(to: Onnx__ValueInfoProto.self)
      let fields = known.map(Self.description) == description ? [] : [description]
      scope.graph.setCarried(id, to: scope.graph[id].carried.adding(list, fields))
      return
    }
    infos[id.index] = info ?? Info(place: UnsafeMutableRawPointer(proto), isListed: false)
    let info = proto.pointee
    if let type = info.type { try setType(id, type) }
    if list == "value_info", info.type == nil || scope.graph[id].declaredType == nil {
      scope.graph.setCarried(id, to: scope.graph[id].carried.adding(list, []))
    }
    if info.base.n_unknown_fields == 0, info.has_doc_string == 0, info.n_metadata_props == 0 { return }
    if info.base.n_unknown_fields > 0 {
      var rest = info
      rest.has_name = 0
      rest.type = nil
      rest.has_doc_string = 0
      rest.n_metadata_props = 0
      scope.graph.setCarried(id, to: scope.graph[id].carried.adding("ValueInfoProto", [serialized(rest)]))
    }
    let carried = context.carried(
      documentation: info.has_doc_string == 0 ? nil : info.doc_string,
      metadata: Messages(info.metadata_props, info.n_metadata_props), fields: scope.graph[id].carried?.fields ?? [:],
      in: "value \"\(scope.graph[id].name)\"")
    scope.graph.setCarried(id, to: carried)
  }

  private func setType(_ id: ValueID, _ proto: UnsafeMutablePointer<Onnx__TypeProto>) throws(ModelError) {
    var reader = TypeReader(context)
    let type: ValueType?
    do throws(ModelError) {
      type = try reader.read(proto)
    } catch {
      throw error.located(Place(value: scope.graph[id].name))
    }
    scope.graph.setStatedType(id, to: type)
    if !reader.isExact {
      scope.graph.setCarried(id, to: scope.graph[id].carried.adding("type", [serialized(proto.pointee)]))
    }
  }

  /// All that is said of a value, without its name.
  private static func description(_ proto: UnsafeMutablePointer<Onnx__ValueInfoProto>) -> [UInt8] {
    var rest = proto.pointee
    rest.has_name = 0
    return serialized(rest)
  }

  func addValueInfo(_ list: MessageList<Onnx__ValueInfoProto>) throws(ModelError) {
    for index in 0..<list.count {
      let place = try list.place(index)
      let info = try list.message(at: place)
      if let id = scope.ids[FieldBytes(info.pointee.name)] {
        try describe(id, info, "value_info", Info(place: place, isListed: true), in: list)
      } else {
        strayInfos.append(serialized(info.pointee))
      }
    }
  }

  /// Descriptions of values that the graph does not have.
  private var strayInfos: [[UInt8]] = []

  private func carry(_ proto: Onnx__GraphProto) {
    var fields: [String: [[UInt8]]] = [:]
    if proto.base.n_unknown_fields > 0 {
      var rest = proto
      rest.n_node = 0
      rest.has_name = 0
      rest.n_initializer = 0
      rest.has_doc_string = 0
      rest.n_input = 0
      rest.n_output = 0
      rest.n_value_info = 0
      rest.n_quantization_annotation = 0
      rest.n_sparse_initializer = 0
      rest.n_metadata_props = 0
      fields["GraphProto"] = [serialized(rest)]
    }
    let annotations = Messages(proto.quantization_annotation, proto.n_quantization_annotation)
    if !annotations.isEmpty { fields["quantization_annotation"] = annotations.map { serialized($0.pointee) } }
    if !strayInfos.isEmpty { fields["value_info"] = strayInfos }
    scope.graph.carried = context.carried(
      documentation: proto.has_doc_string == 0 ? nil : proto.doc_string,
      metadata: Messages(proto.metadata_props, proto.n_metadata_props), fields: fields, in: "graph \"\(scope.path)\"")
  }

  /// For functions, which have no further fields of their own.
  func carryStrayInfos() {
    if !strayInfos.isEmpty { scope.graph.carried = Carried(fields: ["value_info": strayInfos]) }
  }

  // MARK: - Nodes and outputs

  /// Makes the results of all nodes, so that nodes may stand in any order. Returns the number of values before them.
  func declareResults(_ nodes: MessageList<Onnx__NodeProto>) throws(ModelError) -> Range<Int> {
    let first = scope.graph.valueCapacity
    var node = scope.graph.nodeCapacity
    for index in 0..<nodes.count {
      for (index, data) in try nodes.results(at: nodes.place(index)).enumerated() {
        let name = try context.identifier(data, "result")
        let id = scope.graph.addResult(name, of: NodeID(node), index)
        if !name.isEmpty { try scope.define(FieldBytes(data), as: id, context) }
      }
      node += 1
    }
    return first..<scope.graph.valueCapacity
  }

  func addNodes(_ nodes: MessageList<Onnx__NodeProto>, _ results: Range<Int>) throws(ModelError) {
    var next = results.lowerBound
    for index in 0..<nodes.count {
      let proto = try nodes.message(at: nodes.place(index))
      let own = next..<next + proto.pointee.n_output
      do throws(ModelError) {
        let isOrdered = try NodeReader(self, proto).addNode(results: own, undefined: own.lowerBound..<results.upperBound)
        self.isOrdered = self.isOrdered && isOrdered
      } catch {
        // The place inside a nested graph is not to be mixed with that of the node around it.
        if error.place.graph != nil { throw error }
        throw error.located(place(of: proto))
      }
      next = own.upperBound
    }
    if isOrdered { return }
    do throws(ModelError) {
      _ = try scope.graph.topologicalOrder()
    } catch {
      var error = error
      error.place.graph = scope.path
      throw error
    }
    context.sink.warn("nodes stand before others whose results they use", at: Place(file: context.file.path, graph: scope.path))
  }

  private func place(of proto: UnsafeMutablePointer<Onnx__NodeProto>) -> Place {
    let name = FieldBytes(proto.pointee.name)
    return Place(
      graph: scope.path, node: name.isEmpty ? nil : name.lossyText, operatorName: FieldBytes(proto.pointee.op_type).lossyText)
  }

  private func addOutputs(_ outputs: Messages<Onnx__ValueInfoProto>) throws(ModelError) {
    var ids: [ValueID] = []
    ids.reserveCapacity(outputs.count)
    for output in outputs {
      let name = FieldBytes(output.pointee.name)
      let isCaptured = scope.ids[name] == nil
      guard let id = try scope.resolve(name, context) else {
        throw ModelError(.missingValue, "nothing computes this output", at: Place(graph: scope.path, value: name.lossyText))
      }
      if isCaptured { try describe(id, output, "output") }
      ids.append(id)
    }
    scope.graph.setOutputs(ids)
  }
}
