import CONNXProto
import CProtoWire
import CProtobufC
import CWireSample

typealias Descriptor = UnsafePointer<ProtobufCMessageDescriptor>

/// The descriptors, by way of an initialised struct: a C global has no stable address in Swift.
enum Descriptors {
  static func of<Message>(_ initialize: (UnsafeMutablePointer<Message>) -> Void) -> Descriptor {
    withUnsafeTemporaryAllocation(of: Message.self, capacity: 1) { slot in
      initialize(slot.baseAddress!)
      return UnsafeRawPointer(slot.baseAddress!).load(as: ProtobufCMessage.self).descriptor
    }
  }

  static var model: Descriptor { of(onnx__model_proto__init) }
  static var graph: Descriptor { of(onnx__graph_proto__init) }
  static var tensor: Descriptor { of(onnx__tensor_proto__init) }
  static var type: Descriptor { of(onnx__type_proto__init) }
  static var sequence: Descriptor { of(onnx__sequence_proto__init) }
  static var scalars: Descriptor { of(sample__scalars__init) }
  static var arrays: Descriptor { of(sample__arrays__init) }
  static var choice: Descriptor { of(sample__choice__init) }
  static var demanding: Descriptor { of(sample__demanding__init) }
  static var everything: Descriptor { of(sample__everything__init) }
  static var all: [Descriptor] {
    [model, graph, tensor, type, sequence, scalars, arrays, choice, demanding, everything]
  }
}

struct WireFailure: Error, Equatable {
  var status: PWStatus
  var offset: Int
  var message: String?
  var field: String?
}

/// A decoded message with the input and the arena it points into.
final class Decoded {
  let message: UnsafeMutablePointer<ProtobufCMessage>
  let input: UnsafeMutableBufferPointer<UInt8>
  private let arena: OpaquePointer

  init(_ descriptor: Descriptor, _ bytes: [UInt8], depth: Int = 0, memory: Int = 0) throws(WireFailure) {
    // Of exactly the input's size, so that a sanitizer sees any step beyond it.
    input = .allocate(capacity: bytes.count)
    _ = input.initialize(fromContentsOf: bytes)
    var arena: OpaquePointer?
    var error = PWError()
    let limits = PWLimits(max_depth: depth, max_arena_bytes: memory)
    guard let message = pw_decode(descriptor, input.baseAddress, bytes.count, limits, &arena, &error), let arena else {
      input.deallocate()
      throw WireFailure(status: error.status, offset: error.offset, message: error.message.map { String(cString: $0) },
                        field: error.field.map { String(cString: $0) })
    }
    self.message = message
    self.arena = arena
  }

  deinit {
    pw_arena_free(arena)
    input.deallocate()
  }

  var arenaBytes: Int { pw_arena_bytes(arena) }
  var packed: [UInt8] { pack(message) }
  var unknownFields: UnsafeBufferPointer<ProtobufCMessageUnknownField> {
    UnsafeBufferPointer(start: message.pointee.unknown_fields, count: Int(message.pointee.n_unknown_fields))
  }

  func read<Message, Result>(_ type: Message.Type, _ body: (Message) -> Result) -> Result {
    message.withMemoryRebound(to: type, capacity: 1) { body($0.pointee) }
  }
}

func pack(_ message: UnsafePointer<ProtobufCMessage>) -> [UInt8] {
  let size = protobuf_c_message_get_packed_size(message)
  return [UInt8](unsafeUninitializedCapacity: size + 1) { buffer, count in
    count = protobuf_c_message_pack(message, buffer.baseAddress)
  }
}

/// What libprotobuf-c makes of the same bytes.
func packedByLibrary(_ descriptor: Descriptor, _ bytes: [UInt8]) -> [UInt8]? {
  guard let message = protobuf_c_message_unpack(descriptor, nil, bytes.count, bytes) else { return nil }
  defer { protobuf_c_message_free_unpacked(message, nil) }
  return pack(message)
}

func failure(_ descriptor: Descriptor, _ bytes: [UInt8], depth: Int = 0, memory: Int = 0) -> WireFailure? {
  do {
    _ = try Decoded(descriptor, bytes, depth: depth, memory: memory)
    return nil
  } catch { return error }
}
