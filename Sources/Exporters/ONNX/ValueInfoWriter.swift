internal import CONNXProto
internal import CProtobufC
import Diagnostics
import GraphIR

/// Descriptions of values.
extension GraphWriter {
  /// The fields of a value's description.
  func write(_ id: ValueID, named name: String? = nil, to encoder: inout ProtoEncoder) throws(ModelError) {
    typealias Field = WireFields.ValueInfo
    encoder.text(Field.name, name ?? names[id])
    try TypeWriter.write(
      graph[id].writtenType, carried: graph[id].carried?.field("type"), keepsSymbols: false, Field.type, to: &encoder)
    guard let carried = graph[id].carried else { return }
    try context.write(
      documentation: carried.documentation, Field.documentation, metadata: carried.metadata, Field.metadata, to: &encoder)
    encoder.serialized(carried.field("ValueInfoProto"))
  }

  /// The fields of a further description, of which the source's own form is known.
  func write(_ id: ValueID, as source: [UInt8], to encoder: inout ProtoEncoder) throws(ModelError) {
    encoder.text(WireFields.ValueInfo.name, names[id])
    var shell = Onnx__ValueInfoProto()
    onnx__value_info_proto__init(&shell)
    try withDecoded(source, shell.base.descriptor, as: Onnx__ValueInfoProto.self) { (decoded) throws(ModelError) in
      guard var rest = decoded?.pointee else { return }
      if let type = rest.type {
        try TypeWriter.write(
          graph[id].writtenType, carried: serialized(type.pointee), keepsSymbols: true, WireFields.ValueInfo.type, to: &encoder)
      }
      rest.type = nil
      rest.has_name = 0
      encoder.serialized(serialized(rest))
    }
  }

  /// Descriptions of values that are neither inputs nor outputs, and those that the source gave besides.
  func writeValueInfo(_ field: Int, isFunction: Bool = false, to encoder: inout ProtoEncoder) throws(ModelError) {
    let inputs = isFunction ? [] : Set(graph.inputs + graph.listedConstants)
    for id in graph.valueIDs {
      if names[id].isEmpty { continue }
      if graph[id].isTypeDeclared, isFunction || !(graph[id].isOutput || inputs.contains(id)) {
        try encoder.message(field) { (info) throws(ModelError) in try write(id, to: &info) }
      }
      guard let further = graph[id].carried?.fields["value_info"] else { continue }
      let source = further.first
      try encoder.message(field) { (info) throws(ModelError) in
        if let source { try write(id, as: source, to: &info) } else { try write(id, to: &info) }
      }
    }
  }

  /// What the source says of values by name: as long as they have the name, or never had one.
  func writeCarriedLists(to encoder: inout ProtoEncoder) throws(ModelError) {
    for message in graph.carried?.fields["quantization_annotation"] ?? [] where try mentionsOnlyKnownNames(message) {
      encoder.text(WireFields.Graph.annotation, message)
    }
    for message in graph.carried?.fields["value_info"] ?? [] { encoder.text(WireFields.Graph.valueInfo, message) }
  }

  private func mentionsOnlyKnownNames(_ annotation: [UInt8]) throws(ModelError) -> Bool {
    var shell = Onnx__TensorAnnotation()
    onnx__tensor_annotation__init(&shell)
    let mentioned = try withDecoded(annotation, shell.base.descriptor, as: Onnx__TensorAnnotation.self) { decoded -> [String] in
      guard let decoded = decoded?.pointee else { return [] }
      var mentioned = [decoded.tensor_name.lossyText]
      for index in 0..<decoded.n_quant_parameter_tensor_names {
        if let entry = decoded.quant_parameter_tensor_names[index]?.pointee { mentioned.append(entry.value.lossyText) }
      }
      return mentioned
    }
    let all = mentioned.allSatisfy { names.contains($0) }
    if !all { context.sink.report(Diagnostic(.note, "a quantization annotation is dropped: a tensor that it names is gone", at: Place(graph: path))) }
    return all
  }
}

extension ProtobufCBinaryData {
  fileprivate var lossyText: String { String(decoding: UnsafeBufferPointer(start: data, count: len), as: UTF8.self) }
}

extension Value {
  /// The type as the source stated it, unless what is known by now contradicts it.
  fileprivate var writtenType: ValueType? {
    guard let declaredType, let type else { return declaredType ?? type }
    guard let stated = declaredType.tensorType, let known = type.tensorType else {
      return declaredType.isSameKind(as: type) ? declaredType : type
    }
    guard stated.element == known.element else { return type }
    guard let statedShape = stated.shape, let knownShape = known.shape else { return declaredType }
    guard statedShape.count == knownShape.count else { return type }
    let agree = zip(statedShape, knownShape).allSatisfy { stated, known in
      stated.number == nil || known.number == nil || stated == known
    }
    return agree ? declaredType : type
  }
}

extension ValueType {
  fileprivate func isSameKind(as other: ValueType) -> Bool {
    switch (self, other) {
    case (.tensor, .tensor), (.sparseTensor, .sparseTensor), (.sequence, .sequence), (.optional, .optional), (.map, .map), (.opaque, .opaque):
      true
    default: false
    }
  }
}
