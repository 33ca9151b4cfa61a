import CProtoWire
import Testing

@Suite struct HostileInputTests {
  /// Built from the inside out, in reverse.
  func nested(_ field: UInt32, depth: Int) -> [UInt8] {
    var reversed: [UInt8] = []
    for _ in 0..<depth {
      var header = Wire()
      header.tag(field, 2)
      header.varint(UInt64(reversed.count))
      reversed += header.bytes.reversed()
    }
    return reversed.reversed()
  }

  @Test(arguments: [256, 20_000, 100_000]) func deepNestingIsRefused(_ depth: Int) {
    #expect(failure(Descriptors.everything, nested(5, depth: 255)) == nil)
    let refused = failure(Descriptors.everything, nested(5, depth: depth))
    #expect(refused?.status == PW_TOO_DEEP)
    #expect(refused?.field == "nested")
  }

  @Test func nestedGraphsAreRefused() {
    let levels = 20_000
    var reversed: [UInt8] = []
    for _ in 0..<levels {  // a graph in an attribute in a node, read from the right
      for field in [6, 5, 1] as [UInt32] {
        var header = Wire()
        header.tag(field, 2)
        header.varint(UInt64(reversed.count))
        reversed += header.bytes.reversed()
      }
    }
    #expect(failure(Descriptors.graph, reversed.reversed())?.status == PW_TOO_DEEP)
  }

  @Test func nestingDoesNotUseTheStack() throws {
    let deep = try Decoded(Descriptors.everything, nested(5, depth: 100_000), depth: 200_000, memory: 1 << 28)
    #expect(deep.arenaBytes < 1 << 26)
  }

  @Test func manyEmptyMessagesMeetTheMemoryLimit() {
    let bytes = Array(repeatElement([0x2A, 0] as [UInt8], count: 100_000).joined())
    #expect(failure(Descriptors.graph, bytes)?.status == PW_TOO_MUCH_MEMORY)
    #expect(failure(Descriptors.graph, bytes, memory: 1 << 26) == nil)
  }

  @Test func everyPrefixIsReadOrRefused() throws {
    var source = RandomMessage(random: SeededGenerator(11))
    let bytes = source.message(Descriptors.everything, depth: 3)
    #expect(bytes.count > 100)
    for count in bytes.indices {
      guard let failure = failure(Descriptors.everything, Array(bytes[..<count])) else { continue }
      #expect([PW_TRUNCATED, PW_LENGTH_PAST_END, PW_REQUIRED_MISSING].contains(failure.status))
      #expect(failure.offset <= count)
    }
  }

  @Test func errorsNameTheirPlace() {
    let inner = Wire.varint(1, 1) + [0x82, 0x01, 9]
    #expect(failure(Descriptors.everything, Wire.delimited(1, inner))
            == WireFailure(status: PW_LENGTH_PAST_END, offset: 4, message: "sample.Scalars", field: "some_bytes"))
  }

  static let malformed: [(PWStatus, [UInt8])] = [
    (PW_BAD_TAG, [0x00, 0x01]), (PW_BAD_TAG, [0x80, 0x80, 0x80, 0x80, 0x10, 0]), (PW_BAD_TAG, [0x05, 0, 0, 0, 0]),
    (PW_BAD_WIRE_TYPE, [0x0E]), (PW_BAD_WIRE_TYPE, [0x0F]),
    (PW_GROUP, [0x0B, 0x0C]), (PW_GROUP, [0x0C]), (PW_GROUP, [0xA3, 0x06, 0xA4, 0x06]),
    (PW_TRUNCATED, [0x88]), (PW_TRUNCATED, [0x08]), (PW_TRUNCATED, [0x08, 0xFF]), (PW_TRUNCATED, [0x1D, 1, 2, 3]),
    (PW_TRUNCATED, [0x31, 1, 2, 3, 4, 5, 6, 7]), (PW_TRUNCATED, [0x82, 0x01]),
    (PW_VARINT_TOO_LONG, [0x08] + [UInt8](repeating: 0xFF, count: 10) + [0]),
    (PW_VARINT_TOO_LONG, [0x88, 0x80, 0x80, 0x80, 0x80, 0x00, 1]),
    (PW_VARINT_TOO_LONG, [0x82, 0x01, 0x80, 0x80, 0x80, 0x80, 0x80, 0x00]),
    (PW_LENGTH_PAST_END, [0x82, 0x01, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F]), (PW_LENGTH_PAST_END, [0x82, 0x01, 2, 0]),
    (PW_LENGTH_PAST_END, [0xA2, 0x06, 0x01]),
    (PW_NUL_IN_STRING, [0x7A, 3, 0x61, 0, 0x62]),
  ]

  @Test(arguments: malformed.indices) func malformedFieldsAreRefused(_ index: Int) {
    let (status, bytes) = Self.malformed[index]
    #expect(failure(Descriptors.scalars, bytes)?.status == status)
    let inside = failure(Descriptors.everything, Wire.delimited(1, bytes) + Wire.delimited(1, []))
    #expect(inside?.status == status)
  }

  @Test func malformedArraysAreRefused() {
    #expect(failure(Descriptors.arrays, Wire.delimited(8, [1, 2, 3]))?.status == PW_PACKED_LENGTH)
    #expect(failure(Descriptors.arrays, Wire.delimited(4, [1, 0x80]))?.status == PW_TRUNCATED)
    #expect(failure(Descriptors.arrays, Wire.delimited(4, [UInt8](repeating: 0xFF, count: 11) + [0]))?.status == PW_VARINT_TOO_LONG)
  }

  @Test func overlongNumbersWithinReasonAreRead() throws {
    let bytes: [UInt8] = [0x88, 0x80, 0x00] + [0x85, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x00]
    #expect(try Decoded(Descriptors.scalars, bytes).packed == Wire.varint(1, 5))
  }
}
