import Diagnostics
import GraphIR
import Lowerings
import Tensors

/// Writes a whole model.
struct ModelWriter {
  let context: ExportContext
  private let model: Model

  init(_ model: Model, weights: WeightsFile?, _ options: ONNXExporter.Options) {
    self.model = model
    let asked = model.producer.formatVersion
    // No element type asks for more than version 13, so that newer models need no look at their values.
    let needed = asked >= 13 ? nil : ([model.graph] + model.functions.map(\.body)).map(VersionNeeded.version).max { $0.version < $1.version }
    let version = max(asked, needed?.version ?? 0)
    context = ExportContext(formatVersion: version, weights: weights, sink: options.sink)
    if version > asked, let cause = needed?.cause {
      options.sink.warn("the model is written as IR version \(version) instead of \(asked): \(cause.rawValue) needs it")
    }
  }

  func encode() throws(ModelError) -> ProtoEncoder {
    typealias Field = WireFields.Model
    var encoder = ProtoEncoder()
    if context.formatVersion > 0 { encoder.integer(Field.irVersion, Int64(context.formatVersion)) }
    if let name = model.producer.name { encoder.text(Field.producerName, name) }
    if let version = model.producer.version { encoder.text(Field.producerVersion, version) }
    if let domain = model.producer.domain { encoder.text(Field.domain, domain) }
    if let version = model.producer.modelVersion { encoder.integer(Field.modelVersion, Int64(version)) }
    if let text = model.carried?.documentation { encoder.text(Field.documentation, text) }
    let path = model.graph.name.isEmpty ? "main" : model.graph.name
    let writer = GraphWriter(model.graph, context, path: path, opsets: model.opsets, names: NameTable(model.graph))
    try encoder.message(Field.graph) { (graph) throws(ModelError) in
      do throws(ModelError) {
        try writer.write(to: &graph)
      } catch {
        throw error.located(Place(graph: path))
      }
    }
    var functions = ProtoEncoder()
    for function in model.functions {
      try functions.message(Field.function) { (message) throws(ModelError) in try write(function, to: &message) }
    }
    try context.write(model.opsets + context.missingOpsets, Field.opset, to: &encoder)
    try context.write(
      documentation: nil, Field.documentation, metadata: model.carried?.metadata ?? [], Field.metadata, to: &encoder)
    encoder.append(functions)
    encoder.serialized(model.carried?.field("ModelProto"))
    return encoder
  }

  private func write(_ function: Function, to encoder: inout ProtoEncoder) throws(ModelError) {
    typealias Field = WireFields.Function
    let body = function.body
    let opsets = function.opsets.isEmpty ? model.opsets : function.opsets
    let writer = GraphWriter(body, context, path: function.name, opsets: opsets, names: NameTable(body))
    encoder.text(Field.name, function.name)
    for id in body.inputs { encoder.text(Field.input, writer.names[id]) }
    for id in body.outputs { encoder.text(Field.output, writer.names[id]) }
    for name in function.requiredAttributes { encoder.text(Field.required, name) }
    let constants = body.valueIDs.filter { body[$0].constant != nil && !writer.names[$0].isEmpty }
    try writer.writeAsNodes(constants, Field.node, to: &encoder)
    for id in try writer.order() { try writer.write(id, Field.node, to: &encoder) }
    try context.write(function.opsets, Field.opset, to: &encoder)
    encoder.text(Field.domain, function.domain)
    for attribute in function.defaultAttributes {
      try encoder.message(Field.attribute) { (message) throws(ModelError) in
        try writer.write(attribute, carried: function.carried, captured: [], to: &message)
      }
    }
    try writer.writeValueInfo(Field.valueInfo, isFunction: true, to: &encoder)
    for message in body.carried?.fields["value_info"] ?? [] { encoder.text(Field.valueInfo, message) }
    if !function.overload.isEmpty { encoder.text(Field.overload, function.overload) }
    try context.write(
      documentation: function.carried?.documentation, Field.documentation, metadata: function.carried?.metadata ?? [],
      Field.metadata, to: &encoder)
    encoder.serialized(function.carried?.field("FunctionProto"))
  }
}

/// The version of the file's structure that element types ask for.
private enum VersionNeeded {
  static func version(_ graph: Graph) -> (version: Int, cause: ElementType?) {
    var result: (version: Int, cause: ElementType?) = (0, nil)
    func note(_ element: ElementType?) {
      if let element, element.firstONNXVersion > max(result.version, 1) { result = (element.firstONNXVersion, element) }
    }
    var graphs = [graph]
    while let graph = graphs.popLast() {
      for id in graph.valueIDs { note(graph[id].constant?.element ?? graph[id].type?.element) }
      for tensor in graph.defaults.values { note(tensor.element) }
      for id in graph.nodeIDs {
        guard let op = graph.operatorIf(ForeignOperator.self, at: id), !op.namedAttributes.isEmpty else { continue }
        for attribute in op.namedAttributes {
          switch attribute.value {
          case .tensor(let tensor): note(tensor.element)
          case .tensors(let tensors): tensors.forEach { note($0.element) }
          case .graph(let graph): graphs.append(graph)
          case .graphs(let list): graphs.append(contentsOf: list)
          default: break
          }
        }
      }
    }
    return result
  }
}

extension ValueType {
  /// The element type, inside whatever holds tensors.
  fileprivate var element: ElementType? {
    switch self {
    case .tensor(let type), .sparseTensor(let type): type.element
    case .sequence(let item), .optional(let item): item?.element
    case .map(_, let value): value?.element
    case .opaque: nil
    }
  }
}
