import GraphIR
import LiteRTSchema
import Tensors

/// What a file says about itself beside its graphs: the oldest runtime that reads it, the source's own metadata, and for apps the
/// names of inputs and outputs as a table of their own format.
struct ModelMetadata {
  private let model: Model

  init(_ model: Model) { self.model = model }

  func entries(in tables: ModelTables) -> [FlatObject] {
    var entries = [entry("min_runtime_version", ByteRope(padded("2.17.0", to: 16)), tables)]
    if let text = model.carriedText(CarriedNames.description).flatMap({ DescriptionText($0) }), text.inputs == model.graph.inputs.count,
      text.outputs == model.graph.outputs.count
    {
      entries.append(entry(MetadataFields.name, ByteRope(text.content), tables))
    } else {
      entries.append(entry(MetadataFields.name, FlatBuilder.file(root: described, identifier: MetadataFields.identifier), tables))
    }
    for (key, value) in model.carried?.metadata ?? [] {
      let name = String(decoding: key, as: UTF8.self)
      if !value.isEmpty, !Self.ownNames.contains(name) { entries.append(entry(name, ByteRope(value), tables)) }
    }
    return entries
  }

  private static let ownNames = ["min_runtime_version", MetadataFields.name, CarriedNames.signature, CarriedNames.description]

  private func padded(_ text: String, to count: Int) -> [UInt8] {
    let bytes = Array(text.utf8.prefix(count))
    return bytes + [UInt8](repeating: 0, count: count - bytes.count)
  }

  private func entry(_ name: String, _ content: ByteRope, _ tables: ModelTables) -> FlatObject {
    var object = FlatObject()
    object.set(Schema.Metadata.name, name)
    object.set(Schema.Metadata.buffer, tables.buffer(content))
    return object
  }

  private var described: FlatObject {
    func tensors(_ values: [ValueID]) -> [FlatObject] {
      values.map { value in
        var object = FlatObject()
        object.set(MetadataFields.title, model.graph[value].name)
        if let text = model.graph[value].carried?.documentation, !text.isEmpty { object.set(MetadataFields.description, String(decoding: text, as: UTF8.self)) }
        return object
      }
    }
    var subgraph = FlatObject()
    subgraph.set(MetadataFields.title, "main")
    subgraph.set(MetadataFields.inputs, tensors(model.graph.inputs))
    subgraph.set(MetadataFields.outputs, tensors(model.graph.outputs))
    var object = FlatObject()
    object.set(MetadataFields.title, model.graph.name)
    if let text = model.carried?.documentation, !text.isEmpty { object.set(MetadataFields.description, String(decoding: text, as: UTF8.self)) }
    if let version = model.producer.modelVersion, version != 0 { object.set(MetadataFields.version, "\(version)") }
    object.set(MetadataFields.subgraphs, [subgraph])
    return object
  }
}

extension Model {
  /// The key of the signature that a LiteRT file of the model has, and what it calls the ports that have another name in the graph.
  package var liteRTSignature: (key: String, names: [String: String]) {
    guard let given = carriedText(CarriedNames.signature).flatMap({ SignatureText($0) }) else { return ("serving_default", [:]) }
    return (given.key, Dictionary((given.inputs + given.outputs).map { ($0.tensor, $0.name) }, uniquingKeysWith: { first, _ in first }))
  }

  /// The source's metadata of one key.
  func carriedText(_ key: String) -> [UInt8]? { carried?.metadata.first { $0.key == Array(key.utf8) }?.value }
}
