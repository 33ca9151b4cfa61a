internal import CONNXProto
internal import CProtoWire
internal import CProtobufC
import Diagnostics
import GraphIR
import Operators
import Tensors

extension ONNXImporter {
  /// The value in a file that holds one serialised `TensorProto`, `SequenceProto`, `OptionalProto` or `MapProto`: which one is
  /// decided by `type`, since the bytes do not say. Without a type it is a tensor.
  ///
  /// Throws what is wrong with the file, located in it; `unsupported` for sparse tensors.
  package static func readValue(_ file: FileMapping, as type: ValueType?, options: Options = Options()) throws(ModelError) -> RuntimeValue {
    do throws(ModelError) {
      return try ValueReader(context: ReadContext(file: file, options: options)).read(type)
    } catch {
      throw error.located(Place(file: file.path))
    }
  }
}

private struct ValueReader {
  let context: ReadContext

  func read(_ type: ValueType?) throws(ModelError) -> RuntimeValue {
    switch type {
    case nil, .tensor:
      var shell = Onnx__TensorProto()
      onnx__tensor_proto__init(&shell)
      return try decode(shell.base, Onnx__TensorProto.self) { (proto) throws(ModelError) in .tensor(try TensorReader.read(proto, context)) }
    case .sequence:
      var shell = Onnx__SequenceProto()
      onnx__sequence_proto__init(&shell)
      return try decode(shell.base, Onnx__SequenceProto.self) { (proto) throws(ModelError) in .sequence(try items(proto.pointee)) }
    case .optional(let item):
      var shell = Onnx__OptionalProto()
      onnx__optional_proto__init(&shell)
      return try decode(shell.base, Onnx__OptionalProto.self) { (proto) throws(ModelError) in try value(proto.pointee, item) }
    case .map:
      var shell = Onnx__MapProto()
      onnx__map_proto__init(&shell)
      return try decode(shell.base, Onnx__MapProto.self) { (proto) throws(ModelError) in try value(proto.pointee) }
    case .sparseTensor, .opaque:
      throw ModelError(.unsupported, "a value of type \(type.map(\.description) ?? "?") cannot be read")
    }
  }

  private func decode<Message>(
    _ base: ProtobufCMessage, _ type: Message.Type,
    _ body: (UnsafeMutablePointer<Message>) throws(ModelError) -> RuntimeValue
  ) throws(ModelError) -> RuntimeValue {
    var arena: OpaquePointer?
    var failure = PWError()
    let bytes = context.file.bytes
    guard
      let message = pw_decode(
        base.descriptor, bytes.bindMemory(to: UInt8.self).baseAddress, bytes.count, PWLimits(), &arena, &failure)
    else { throw ModelReader.error(failure) }
    defer { pw_arena_free(arena) }
    return try message.withMemoryRebound(to: Message.self, capacity: 1) { (message) throws(ModelError) in try body(message) }
  }

  private func items(_ proto: Onnx__SequenceProto) throws(ModelError) -> [RuntimeValue] {
    guard proto.n_sparse_tensor_values == 0 else { throw ModelError(.unsupported, "sparse tensors in a sequence cannot be read") }
    var items: [RuntimeValue] = []
    for tensor in Messages(proto.tensor_values, proto.n_tensor_values) { items.append(.tensor(try TensorReader.read(tensor, context))) }
    for sequence in Messages(proto.sequence_values, proto.n_sequence_values) { items.append(.sequence(try self.items(sequence.pointee))) }
    for map in Messages(proto.map_values, proto.n_map_values) { items.append(try value(map.pointee)) }
    for optional in Messages(proto.optional_values, proto.n_optional_values) { items.append(try value(optional.pointee, nil)) }
    return items
  }

  /// `item`: the type of what the optional holds. A file may hold the value itself where the optional is meant.
  private func value(_ proto: Onnx__OptionalProto, _ item: ValueType?) throws(ModelError) -> RuntimeValue {
    guard proto.sparse_tensor_value == nil else { throw ModelError(.unsupported, "an optional sparse tensor cannot be read") }
    if let tensor = proto.tensor_value { return .optional(.tensor(try TensorReader.read(tensor, context))) }
    if let sequence = proto.sequence_value { return .optional(.sequence(try items(sequence.pointee))) }
    if let map = proto.map_value { return .optional(try value(map.pointee)) }
    if let optional = proto.optional_value { return .optional(try value(optional.pointee, nil)) }
    return .optional(nil)
  }

  private func value(_ proto: Onnx__MapProto) throws(ModelError) -> RuntimeValue {
    let values = try proto.values.map { (sequence) throws(ModelError) in try items(sequence.pointee) } ?? []
    let strings = UnsafeBufferPointer(start: proto.string_keys, count: proto.n_string_keys)
    let numbers = UnsafeBufferPointer(start: proto.keys, count: proto.n_keys)
    guard strings.isEmpty || numbers.isEmpty, strings.count + numbers.count == values.count else {
      throw ModelError(.malformed, "a map of \(strings.count + numbers.count) keys and \(values.count) values")
    }
    let keys =
      numbers.isEmpty
      ? try Tensor(strings: strings.map { FieldBytes($0).array }, shape: [strings.count])
      : try Tensor(.int64, [numbers.count], elements: Array(numbers))
    guard let element = ElementType(onnxCode: Int64(proto.key_type)), element.isInteger, keys.element == .int64 else {
      return .map(keys: keys, values: values)
    }
    return .map(keys: try keys.converted(to: element), values: values)
  }
}
