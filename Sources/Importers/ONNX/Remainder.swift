internal import CONNXProto
internal import CProtobufC
import GraphIR

/// The message as the file would have it. Parts that the graph holds itself are cleared first: what remains is carried.
func serialized<Message>(_ message: Message) -> [UInt8] {
  withUnsafePointer(to: message) { pointer in
    pointer.withMemoryRebound(to: ProtobufCMessage.self, capacity: 1) { base in
      let size = protobuf_c_message_get_packed_size(base)
      return [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
        count = buffer.baseAddress.map { protobuf_c_message_pack(base, $0) } ?? 0
      }
    }
  }
}

extension ReadContext {
  /// Documentation, metadata and further fields of one message, for whoever carries them.
  func carried(
    documentation: ProtobufCBinaryData?, metadata: Messages<Onnx__StringStringEntryProto>, fields: [String: [[UInt8]]] = [:],
    in place: @autoclosure () -> String
  ) -> Carried? {
    if documentation == nil, metadata.isEmpty, fields.isEmpty { return nil }
    let text = documentation.map { FieldBytes($0) }
    let entries = metadata.map { (key: FieldBytes($0.pointee.key), value: FieldBytes($0.pointee.value)) }
    let all = entries.flatMap { [$0.key, $0.value] } + (text.map { [$0] } ?? [])
    if !all.allSatisfy({ String(validating: $0.bytes, as: UTF8.self) != nil }) {
      sink.warn("documentation or metadata of \(place()) is not UTF-8; it is carried as it is", at: .init(file: file.path))
    }
    return Carried(
      documentation: text?.array, metadata: entries.map { (key: $0.key.array, value: $0.value.array) }, fields: fields)
  }
}

extension Optional<Carried> {
  /// The same with one more field.
  func adding(_ field: String, _ messages: [[UInt8]]) -> Carried {
    var fields = self?.fields ?? [:]
    fields[field] = messages
    return Carried(documentation: self?.documentation, metadata: self?.metadata ?? [], fields: fields)
  }
}

extension Array {
  var nonEmpty: Self? { isEmpty ? nil : self }
}
