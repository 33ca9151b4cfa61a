import CProtoWire
import CProtobufC
import CWireSample
import Testing

@Suite struct SemanticsTests {
  @Test func duplicatedMessagesMerge() throws {
    let first = Wire.varint(1, 1) + Wire.delimited(17, Wire.varint(4, 2))
    let second = Wire.varint(7, 3) + Wire.delimited(17, Wire.varint(5, 4))
    let merged = try Decoded(Descriptors.everything, Wire.delimited(1, first) + Wire.delimited(1, second))
    let nested = Wire.delimited(17, Wire.varint(4, 2) + Wire.varint(5, 4))
    #expect(merged.packed == Wire.delimited(1, Wire.varint(1, 1) + Wire.varint(7, 3) + nested))
  }

  @Test func arraysOfDuplicatedMessagesAreJoined() throws {
    let first = Wire.varint(1, 5) + Wire.text(16, "a"), second = Wire.varint(1, 6) + Wire.text(16, "b")
    let merged = try Decoded(Descriptors.choice, Wire.delimited(5, first) + Wire.delimited(5, second))
    let joined = Wire.varint(1, 5) + Wire.varint(1, 6) + Wire.text(16, "a") + Wire.text(16, "b")
    #expect(merged.packed == Wire.delimited(5, joined))
  }

  @Test func lastMemberOfAOneofWins() throws {
    let values = [Wire.varint(1, 9), Wire.text(2, "x"), Wire.text(3, "y"), Wire.delimited(4, Wire.varint(1, 1)),
                  Wire.delimited(5, Wire.varint(1, 1)), Wire.fixed(6, UInt32(7))]
    for early in values {
      for late in values where early != late {
        #expect(try Decoded(Descriptors.choice, early + late).packed == late)
      }
    }
  }

  @Test func messageReturningToAOneofStartsAfresh() throws {
    let bytes = Wire.delimited(4, Wire.varint(1, 1)) + Wire.text(2, "x") + Wire.delimited(4, Wire.varint(7, 2))
    #expect(try Decoded(Descriptors.choice, bytes).packed == Wire.delimited(4, Wire.varint(7, 2)))
  }

  @Test func packedAndUnpackedMix() throws {
    let packed = Wire.delimited(4, [1, 2]) + Wire.varint(4, 3) + Wire.delimited(4, []) + Wire.delimited(4, [4])
    #expect(try Decoded(Descriptors.arrays, packed).packed == Wire.delimited(4, [1, 2, 3, 4]))
    let fixed = Wire.delimited(8, [1, 0, 0, 0]) + Wire.fixed(8, UInt32(2)) + Wire.delimited(8, [3, 0, 0, 0])
    #expect(try Decoded(Descriptors.arrays, fixed).packed == Wire.delimited(8, [1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0]))
  }

  @Test func elementsMayAlternate() throws {
    let alternating = (0..<1000).flatMap { Wire.varint(1, $0) + Wire.varint(9, $0) }
    let sorted = (0..<1000).flatMap { Wire.varint(1, $0) } + (0..<1000).flatMap { Wire.varint(9, $0) }
    #expect(try Decoded(Descriptors.arrays, alternating).packed == sorted)
  }

  @Test func integersAreTruncatedToTheirType() throws {
    let bytes = Wire.varint(1, 0x1_0000_0005) + Wire.varint(2, 0x2_0000_0003) + Wire.varint(13, 1 << 40) + Wire.varint(14, -2)
    try Decoded(Descriptors.scalars, bytes).read(Sample__Scalars.self) {
      #expect($0.an_int32 == 5)
      #expect($0.a_sint32 == -2)
      #expect($0.a_bool == 1)
      #expect($0.a_colour == SAMPLE__COLOUR__BLUE)
    }
  }

  @Test func absentFieldsHaveTheirDefaults() throws {
    try Decoded(Descriptors.scalars, []).read(Sample__Scalars.self) {
      #expect($0.an_int32 == -7 && $0.has_an_int32 == 0)
      #expect($0.a_float == 1.5)
      #expect(String(cString: $0.a_string) == "none")
      #expect($0.some_bytes.len == 4 && $0.has_some_bytes == 0)
    }
  }

  @Test func namelessEnumValuesAreKept() throws {
    #expect(try Decoded(Descriptors.scalars, Wire.varint(14, 77)).packed == Wire.varint(14, 77))
  }

  @Test func undeclaredFieldsAreWrittenBack() throws {
    let unknown = Wire.varint(100, -1) + Wire.text(101, "kept") + Wire.fixed(102, UInt64(5)) + Wire.fixed(103, UInt32(6))
    let decoded = try Decoded(Descriptors.scalars, unknown)
    #expect(decoded.packed == unknown)
    for field in decoded.unknownFields {
      #expect(field.data >= decoded.input.baseAddress! && field.data < decoded.input.baseAddress! + unknown.count)
    }
  }

  @Test func anotherWireTypeMakesAFieldUnknown() throws {
    let bytes = Wire.text(1, "not a number") + Wire.varint(15, 3) + Wire.fixed(17, UInt32(1))
    let decoded = try Decoded(Descriptors.scalars, bytes)
    #expect(decoded.unknownFields.count == 3)
    #expect(decoded.packed == bytes)
    #expect(try Decoded(Descriptors.arrays, Wire.fixed(1, UInt32(1))).unknownFields.count == 1)
  }

  @Test func requiredFieldsMayComeInSeveralPieces() throws {
    let pieces = [Wire.varint(1, 1), Wire.delimited(2, []), Wire.text(3, "t")]
    for piece in pieces.indices {
      var others = pieces
      others.remove(at: piece)
      #expect(failure(Descriptors.demanding, others.flatMap(\.self))?.status == PW_REQUIRED_MISSING)
    }
    let nested = pieces.flatMap { Wire.delimited(4, $0) }
    #expect(failure(Descriptors.demanding, pieces.flatMap(\.self) + nested) == nil)
    let missing = failure(Descriptors.demanding, pieces.flatMap(\.self) + Wire.delimited(4, pieces[0] + pieces[1]))
    #expect(missing == WireFailure(status: PW_REQUIRED_MISSING, offset: 7, message: "sample.Demanding", field: "text"))
  }

  @Test func payloadsAreNotCopied() throws {
    let decoded = try Decoded(Descriptors.scalars, Wire.delimited(16, [UInt8](repeating: 7, count: 1000)))
    decoded.read(Sample__Scalars.self) {
      #expect($0.some_bytes.data == decoded.input.baseAddress! + 4)
      #expect($0.some_bytes.len == 1000)
    }
  }

  @Test(arguments: [true, false]) func fixedArraysAreBorrowedWhenAligned(_ aligned: Bool) throws {
    // Five bytes before the array's own three of tag and length bring its elements to a multiple of eight.
    let before = aligned ? Wire.fixed(3, Int32(1)) : []
    let decoded = try Decoded(Descriptors.arrays, before + Wire.delimited(8, [UInt8](repeating: 1, count: 400)))
    let start = UnsafeMutableRawPointer(decoded.input.baseAddress!)
    decoded.read(Sample__Arrays.self) {
      #expect($0.n_fixed32s == 100)
      #expect($0.fixed32s[99] == 0x01010101)
      #expect((UnsafeMutableRawPointer($0.fixed32s) == start + 8) == aligned)
    }
  }
}
