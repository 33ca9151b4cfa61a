internal import CONNXProto
import Diagnostics
import GraphIR

/// Descriptions of values.
extension GraphWriter {
  /// The fields of a value's description.
  func write(_ id: ValueID, named name: String? = nil, to encoder: inout ProtoEncoder) throws(ModelError) {
    typealias Field = WireFields.ValueInfo
    let value = graph[id]
    encoder.text(Field.name, name ?? names[id])
    try TypeWriter.write(
      value.type, carried: value.carried?.field("type"), keepsSymbols: value.constant != nil, Field.type, to: &encoder)
    guard let carried = value.carried else { return }
    try context.write(
      documentation: carried.documentation, Field.documentation, metadata: carried.metadata, Field.metadata, to: &encoder)
    encoder.serialized(carried.field("ValueInfoProto"))
  }

  /// The fields of a further description, of which the source's own form is known.
  func write(_ id: ValueID, as source: [UInt8], to encoder: inout ProtoEncoder) throws(ModelError) {
    encoder.text(WireFields.ValueInfo.name, names[id])
    var shell = Onnx__ValueInfoProto()
    onnx__value_info_proto__init(&shell)
    guard let decoded = DecodedMessage<Onnx__ValueInfoProto>(source, shell.base.descriptor) else { return }
    var rest = decoded.message.pointee
    if let type = rest.type {
      try TypeWriter.write(
        graph[id].type, carried: serialized(type.pointee), keepsSymbols: true, WireFields.ValueInfo.type, to: &encoder)
    }
    rest.type = nil
    rest.has_name = 0
    encoder.serialized(serialized(rest))
  }

  /// Descriptions of values that are neither inputs nor outputs, and those that the source gave besides.
  func writeValueInfo(_ field: Int, isFunction: Bool = false, to encoder: inout ProtoEncoder) throws(ModelError) {
    let inputs = isFunction ? [] : Set(graph.inputs + graph.listedConstants)
    for id in graph.valueIDs {
      let value = graph[id]
      if names[id].isEmpty { continue }
      if value.isTypeDeclared, isFunction || !(value.isOutput || inputs.contains(id)) {
        try encoder.message(field) { (info) throws(ModelError) in try write(id, to: &info) }
      }
      guard let further = value.carried?.fields["value_info"] else { continue }
      let source = further.first
      try encoder.message(field) { (info) throws(ModelError) in
        if let source { try write(id, as: source, to: &info) } else { try write(id, to: &info) }
      }
    }
  }

  /// What the source says of values by name: as long as they have the name, or never had one.
  func writeCarriedLists(to encoder: inout ProtoEncoder) throws(ModelError) {
    for message in graph.carried?.fields["quantization_annotation"] ?? [] where mentionsOnlyKnownNames(message) {
      encoder.text(WireFields.Graph.annotation, message)
    }
    for message in graph.carried?.fields["value_info"] ?? [] { encoder.text(WireFields.Graph.valueInfo, message) }
  }

  private func mentionsOnlyKnownNames(_ annotation: [UInt8]) -> Bool {
    var shell = Onnx__TensorAnnotation()
    onnx__tensor_annotation__init(&shell)
    guard let decoded = DecodedMessage<Onnx__TensorAnnotation>(annotation, shell.base.descriptor)?.message.pointee else { return false }
    var mentioned = [decoded.tensor_name]
    for index in 0..<decoded.n_quant_parameter_tensor_names {
      if let entry = decoded.quant_parameter_tensor_names[index]?.pointee { mentioned.append(entry.value) }
    }
    let all = mentioned.allSatisfy { names.contains(String(decoding: UnsafeBufferPointer(start: $0.data, count: $0.len), as: UTF8.self)) }
    if !all { context.sink.report(Diagnostic(.note, "a quantization annotation is dropped: a tensor that it names is gone", at: Place(graph: path))) }
    return all
  }
}
