internal import CONNXProto
internal import CProtoWire
internal import CProtobufC
import Diagnostics
import GraphIR
import Lowerings
import Tensors

/// Writes types of values, with what the source's own spelling says beyond them: denotations, and how a size is left open.
struct TypeWriter {
  /// Whether symbols of the source's spelling stay although the type knows the size.
  let keepsSymbols: Bool

  /// Writes the type into `field`; `carried` is the source's spelling, a serialised `TypeProto`.
  static func write(
    _ type: ValueType?, carried: [UInt8]?, keepsSymbols: Bool, _ field: Int, to encoder: inout ProtoEncoder
  ) throws(ModelError) {
    guard let carried else {
      if let type { try TypeWriter(keepsSymbols: keepsSymbols).write(type, nil, field, to: &encoder) }
      return
    }
    guard let type else {
      encoder.text(field, carried)
      return
    }
    var shell = Onnx__TypeProto()
    onnx__type_proto__init(&shell)
    try withDecoded(carried, shell.base.descriptor, as: Onnx__TypeProto.self) { (source) throws(ModelError) in
      try TypeWriter(keepsSymbols: keepsSymbols).write(type, source, field, to: &encoder)
    }
  }

  func write(
    _ type: ValueType, _ source: UnsafeMutablePointer<Onnx__TypeProto>?, _ field: Int, to encoder: inout ProtoEncoder
  ) throws(ModelError) {
    typealias Kind = WireFields.TypeKind
    typealias Field = WireFields.TypeField
    let source = source?.pointee
    let kind = source?.value_case
    try encoder.message(field) { (message) throws(ModelError) in
      switch type {
      case .tensor(let tensor):
        let own = kind == ONNX__TYPE_PROTO__VALUE_TENSOR_TYPE ? source?.tensor_type?.pointee : nil
        try write(tensor, own?.shape, own?.base, Kind.tensor, to: &message)
      case .sparseTensor(let tensor):
        let own = kind == ONNX__TYPE_PROTO__VALUE_SPARSE_TENSOR_TYPE ? source?.sparse_tensor_type?.pointee : nil
        try write(tensor, own?.shape, own?.base, Kind.sparse, to: &message)
      case .sequence(let item):
        let own = kind == ONNX__TYPE_PROTO__VALUE_SEQUENCE_TYPE ? source?.sequence_type?.pointee : nil
        try writeItem(item, own?.elem_type, own?.base, Kind.sequence, to: &message)
      case .optional(let item):
        let own = kind == ONNX__TYPE_PROTO__VALUE_OPTIONAL_TYPE ? source?.optional_type?.pointee : nil
        try writeItem(item, own?.elem_type, own?.base, Kind.optional, to: &message)
      case .map(let key, let value):
        let own = kind == ONNX__TYPE_PROTO__VALUE_MAP_TYPE ? source?.map_type?.pointee : nil
        try message.message(Kind.map) { (map) throws(ModelError) in
          map.integer(Field.element, Int64(key.onnxCode))
          if let value { try write(value, own?.value_type, Field.mapValue, to: &map) }
          map.unknownFields(own?.base)
        }
      case .opaque(let domain, let name):
        let own = kind == ONNX__TYPE_PROTO__VALUE_OPAQUE_TYPE ? source?.opaque_type?.pointee : nil
        try message.message(Kind.opaque) { opaque in
          opaque.text(Field.opaqueDomain, domain)
          opaque.text(Field.opaqueName, name)
          opaque.unknownFields(own?.base)
        }
      }
      if let source, source.has_denotation != 0 { message.text(Kind.denotation, source.denotation) }
      message.unknownFields(source?.base)
    }
  }

  private func writeItem(
    _ item: ValueType?, _ source: UnsafeMutablePointer<Onnx__TypeProto>?, _ base: ProtobufCMessage?, _ field: Int,
    to encoder: inout ProtoEncoder
  ) throws(ModelError) {
    try encoder.message(field) { (message) throws(ModelError) in
      if let item {
        try write(item, source, WireFields.TypeField.item, to: &message)
      } else if let source {
        message.text(WireFields.TypeField.item, serialized(source.pointee))
      }
      message.unknownFields(base)
    }
  }

  private func write(
    _ tensor: TensorType, _ source: UnsafeMutablePointer<Onnx__TensorShapeProto>?, _ base: ProtobufCMessage?, _ field: Int,
    to encoder: inout ProtoEncoder
  ) throws(ModelError) {
    try encoder.message(field) { (message) throws(ModelError) in
      message.integer(WireFields.TypeField.element, Int64(tensor.element.onnxCode))
      if let shape = tensor.shape {
        try message.message(WireFields.TypeField.shape) { (list) throws(ModelError) in
          let own = source?.pointee.n_dim == shape.count ? source?.pointee : nil
          for (index, dim) in shape.enumerated() {
            let spelling = own?.dim[index]?.pointee
            try list.message(WireFields.TypeField.dim) { write(dim, spelling, to: &$0) }
          }
          list.unknownFields(source?.pointee.base)
        }
      }
      message.unknownFields(base)
    }
  }

  private func write(_ dim: Dim, _ source: Onnx__TensorShapeProto__Dimension?, to encoder: inout ProtoEncoder) {
    typealias Field = WireFields.Dimension
    if let source, keeps(source, for: dim) {
      switch source.value_case {
      case ONNX__TENSOR_SHAPE_PROTO__DIMENSION__VALUE_DIM_VALUE: encoder.integer(Field.value, source.dim_value)
      case ONNX__TENSOR_SHAPE_PROTO__DIMENSION__VALUE_DIM_PARAM: encoder.text(Field.parameter, source.dim_param)
      default: break
      }
    } else if let number = dim.number {
      encoder.integer(Field.value, Int64(number))
    } else if let name = dim.symbolName {
      if !name.hasPrefix("?") { encoder.text(Field.parameter, name) }
    } else if !dim.symbols.contains(where: { $0.hasPrefix("?") }) {
      encoder.text(Field.parameter, dim.description)
    }
    if let source, source.has_denotation != 0 { encoder.text(Field.denotation, source.denotation) }
    encoder.unknownFields(source?.base)
  }

  /// Whether the source's spelling of a size still holds.
  private func keeps(_ source: Onnx__TensorShapeProto__Dimension, for dim: Dim) -> Bool {
    let isNumber = source.value_case == ONNX__TENSOR_SHAPE_PROTO__DIMENSION__VALUE_DIM_VALUE && source.dim_value >= 0
    return dim.isAnonymous ? !isNumber : keepsSymbols && !isNumber
  }
}

/// Lends the message that carried bytes hold; `nil` when they hold none.
func withDecoded<Message, R>(
  _ serialized: [UInt8], _ descriptor: UnsafePointer<ProtobufCMessageDescriptor>, as type: Message.Type,
  _ body: (UnsafeMutablePointer<Message>?) throws(ModelError) -> R
) throws(ModelError) -> R {
  // The message points into the bytes, which therefore stay in one place.
  let bytes = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: serialized.count)
  defer { bytes.deallocate() }
  _ = bytes.initialize(from: serialized)
  var arena: OpaquePointer?
  var failure = PWError()
  let decoded = pw_decode(descriptor, bytes.baseAddress, bytes.count, PWLimits(), &arena, &failure)
  defer { if arena != nil { pw_arena_free(arena) } }
  return try body(decoded.map { UnsafeMutableRawPointer($0).assumingMemoryBound(to: Message.self) })
}

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

extension ProtoEncoder {
  mutating func text(_ field: Int, _ data: ProtobufCBinaryData) {
    text(field, Array(UnsafeBufferPointer(start: data.data, count: data.len)))
  }

  /// The fields of a message that nobody knows, as they were.
  mutating func unknownFields(_ base: ProtobufCMessage?) {
    guard let base else { return }
    for field in UnsafeBufferPointer(start: base.unknown_fields, count: Int(base.n_unknown_fields)) {
      let data = UnsafeBufferPointer(start: field.data, count: field.len)
      unknown(Int(field.tag), wireType: Int(field.wire_type.rawValue), Array(data))
    }
  }
}
