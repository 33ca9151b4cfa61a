import CONNXProto
import CProtoWire
import CProtobufC
import Foundation
import Testing

/// Messages that are left where they are and decoded one at a time.
@Suite struct DeferredTests {
  private static var deferred: PWDeferred { PWDeferred(message: Descriptors.graph, fields: (1, 13)) }
  private static var node: Descriptor { Descriptors.of(onnx__node_proto__init) }
  private static var info: Descriptor { Descriptors.of(onnx__value_info_proto__init) }

  /// The nodes and value descriptions of a model's outermost graph, packed again; what was refused instead.
  private func parts(_ bytes: [UInt8], isDeferred: Bool) throws(WireFailure) -> [[UInt8]] {
    let input = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: bytes.count)
    _ = input.initialize(fromContentsOf: bytes)
    defer { input.deallocate() }
    var arena: OpaquePointer?
    var error = PWError()
    let fields = isDeferred ? Self.deferred : PWDeferred()
    guard let model = pw_decode_deferring(Descriptors.model, input.baseAddress, bytes.count, PWLimits(), fields, &arena, &error) else {
      throw WireFailure(status: error.status, offset: error.offset)
    }
    defer { pw_arena_free(arena) }
    let scratch = pw_arena_new(0)
    defer { pw_arena_free(scratch) }
    guard let graph = model.withMemoryRebound(to: Onnx__ModelProto.self, capacity: 1, { $0.pointee.graph?.pointee }) else { return [] }
    var parts: [[UInt8]] = []
    func add(_ place: UnsafeRawPointer?, _ descriptor: Descriptor) throws(WireFailure) {
      guard let place else { return }
      guard isDeferred else { return parts.append(pack(place.assumingMemoryBound(to: ProtobufCMessage.self))) }
      guard let message = pw_decode_deferred(descriptor, input.baseAddress, bytes.count, place, PWLimits(), scratch, &error) else {
        throw WireFailure(status: error.status, offset: error.offset)
      }
      parts.append(pack(message))
    }
    for index in 0..<graph.n_node { try add(graph.node[index].map { UnsafeRawPointer($0) }, Self.node) }
    for index in 0..<graph.n_value_info { try add(graph.value_info[index].map { UnsafeRawPointer($0) }, Self.info) }
    return parts
  }

  @Test func whatIsDeferredReadsAlike() throws {
    var source = RandomMessage(random: SeededGenerator(7))
    var found = 0
    for round in 0..<80 {
      let bytes = source.message(Descriptors.model, depth: 2 + round % 4)
      let parts = try parts(bytes, isDeferred: true)
      #expect(try parts == self.parts(bytes, isDeferred: false))
      found += parts.count
    }
    #expect(found > 10)
  }

  @Test func damagedMessagesFailAlike() {
    var source = RandomMessage(random: SeededGenerator(8))
    for round in 0..<120 {
      var bytes = source.message(Descriptors.model, depth: 2 + round % 4)
      for _ in 0..<2 where !bytes.isEmpty { bytes[Int.random(in: bytes.indices, using: &source.random)] = .random(in: 0...255, using: &source.random) }
      #expect((try? parts(bytes, isDeferred: true)) == (try? parts(bytes, isDeferred: false)))
    }
  }

  /// Nesting counts from the outermost message, whenever the inner one is decoded.
  @Test func depthCountsFromTheOutside() {
    var bytes: [UInt8] = []
    for _ in 0..<100 { for field: UInt32 in [6, 5, 1] { bytes = Wire.delimited(field, bytes) } }
    let model = Wire.delimited(7, bytes)
    let eager = #expect(throws: WireFailure.self) { try parts(model, isDeferred: false) }
    let late = #expect(throws: WireFailure.self) { try parts(model, isDeferred: true) }
    #expect(eager?.status == PW_TOO_DEEP && late == eager)
  }

  @Test func resultsAreFoundWithoutDecoding() {
    let name = { (text: String) in Wire.delimited(2, Array(text.utf8)) }
    let node = Wire.delimited(1, Array("x".utf8)) + name("a") + Wire.delimited(4, Array("Relu".utf8)) + name("") + name("c")
    let input = Wire.delimited(1, node)
    var found = [ProtobufCBinaryData](repeating: ProtobufCBinaryData(), count: 2)
    let count = input.withUnsafeBufferPointer { pw_scan_deferred($0.baseAddress, $0.count, $0.baseAddress! + 1, 2, &found, 2) }
    #expect(count == 3 && found[0].len == 1 && found[1].len == 0)
    let cut = input.dropLast().withUnsafeBufferPointer { pw_scan_deferred($0.baseAddress, $0.count, $0.baseAddress! + 1, 2, &found, 2) }
    #expect(cut == 0)
  }
}
