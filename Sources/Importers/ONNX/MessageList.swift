internal import CONNXProto
internal import CProtoWire
internal import CProtobufC
import Diagnostics
import Tensors

/// Messages of the outermost graph that were left where they are in the file, to be decoded one at a time: a hundred thousand
/// nodes at once would take several times the file's size in memory.
final class DeferredMessages {
  /// What the first decoding leaves out: `GraphProto.node` and `GraphProto.value_info`.
  static var fields: PWDeferred {
    var shell = Onnx__GraphProto()
    onnx__graph_proto__init(&shell)
    return PWDeferred(message: shell.base.descriptor, fields: (1, 13))
  }

  private let bytes: UnsafePointer<UInt8>?
  private let count: Int
  private let arena: OpaquePointer
  private var found: UnsafeMutableBufferPointer<ProtobufCBinaryData>

  /// Throws `limitExceeded` without memory.
  init(_ file: UnsafeRawBufferPointer) throws(ModelError) {
    guard let arena = pw_arena_new(0) else { throw ModelError(.limitExceeded, "out of memory") }
    bytes = file.baseAddress?.assumingMemoryBound(to: UInt8.self)
    count = file.count
    self.arena = arena
    found = .allocate(capacity: 8)
  }

  deinit {
    pw_arena_free(arena)
    found.deallocate()
  }

  /// The message at a place. The one before it is gone.
  fileprivate func decode(
    _ place: UnsafeRawPointer, _ descriptor: UnsafePointer<ProtobufCMessageDescriptor>?
  ) throws(ModelError) -> UnsafeMutableRawPointer {
    var failure = PWError()
    guard let message = pw_decode_deferred(descriptor, bytes, count, place, PWLimits(), arena, &failure) else {
      throw ModelReader.error(failure)
    }
    return UnsafeMutableRawPointer(message)
  }

  /// The `bytes` fields of one number in the message at a place, until the next call.
  fileprivate func scan(_ place: UnsafeRawPointer, field: UInt32) -> UnsafeBufferPointer<ProtobufCBinaryData> {
    var number = pw_scan_deferred(bytes, count, place, field, found.baseAddress, found.count)
    if number > found.count {
      found.deallocate()
      found = .allocate(capacity: number)
      number = pw_scan_deferred(bytes, count, place, field, found.baseAddress, found.count)
    }
    return UnsafeBufferPointer(rebasing: found[..<number])
  }
}

/// A repeated field of messages, of which those in the outermost graph are decoded when they are asked for.
struct MessageList<Message> {
  /// Where one message is: it can be read again while the list lives.
  typealias Place = UnsafeMutableRawPointer

  let count: Int
  private let places: UnsafeMutablePointer<UnsafeMutablePointer<Message>?>?
  private let deferred: DeferredMessages?
  private let descriptor: UnsafePointer<ProtobufCMessageDescriptor>?

  fileprivate init(
    _ places: UnsafeMutablePointer<UnsafeMutablePointer<Message>?>?, _ count: Int, _ deferred: DeferredMessages?,
    _ shell: ProtobufCMessage
  ) {
    self.places = places
    self.count = count
    self.deferred = deferred
    descriptor = shell.descriptor
  }

  /// Throws `internalInvariant` where the decoder left a gap.
  func place(_ index: Int) throws(ModelError) -> Place {
    guard let place = places?[index] else { throw ModelError(.internalInvariant, "the decoder left a repeated field empty") }
    return Place(place)
  }

  /// Valid until another one is read. Throws what is wrong with its bytes.
  func message(at place: Place) throws(ModelError) -> UnsafeMutablePointer<Message> {
    (try deferred?.decode(place, descriptor) ?? place).assumingMemoryBound(to: Message.self)
  }

  /// The results that the node at a place names, without reading anything else of it.
  func results(at place: Place) -> UnsafeBufferPointer<ProtobufCBinaryData> where Message == Onnx__NodeProto {
    if let deferred { return deferred.scan(place, field: 2) }
    let node = place.assumingMemoryBound(to: Onnx__NodeProto.self).pointee
    return UnsafeBufferPointer(start: node.output, count: node.n_output)
  }
}

extension MessageList where Message == Onnx__NodeProto {
  init(_ nodes: UnsafeMutablePointer<UnsafeMutablePointer<Message>?>?, _ count: Int, _ deferred: DeferredMessages? = nil) {
    var shell = Message()
    onnx__node_proto__init(&shell)
    self.init(nodes, count, deferred, shell.base)
  }
}

extension MessageList where Message == Onnx__ValueInfoProto {
  init(_ infos: UnsafeMutablePointer<UnsafeMutablePointer<Message>?>?, _ count: Int, _ deferred: DeferredMessages? = nil) {
    var shell = Message()
    onnx__value_info_proto__init(&shell)
    self.init(infos, count, deferred, shell.base)
  }
}
