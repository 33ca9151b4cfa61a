import CProtobufC

struct SeededGenerator: RandomNumberGenerator {
  var state: UInt64

  init(_ seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 | 1 }

  mutating func next() -> UInt64 {
    state ^= state << 13
    state ^= state >> 7
    state ^= state << 17
    return state
  }
}

/// Writes valid messages of any type: every field sooner or later, arrays packed or not regardless of their declaration, fields
/// nobody declared in between.
struct RandomMessage {
  var random: SeededGenerator

  mutating func chance(_ outOf: Int) -> Bool { Int.random(in: 0..<outOf, using: &random) == 0 }

  mutating func message(_ descriptor: Descriptor, depth: Int) -> [UInt8] {
    let fields = UnsafeBufferPointer(start: descriptor.pointee.fields, count: Int(descriptor.pointee.n_fields))
    var bytes: [UInt8] = []
    for field in fields {
      let isMessage = field.type == PROTOBUF_C_TYPE_MESSAGE
      if chance(20) { bytes += unknownField() }
      if field.label == PROTOBUF_C_LABEL_REQUIRED {
        bytes += single(field, depth: depth)
      } else if chance(2) && (!isMessage || depth > 0 && chance(2)) {
        bytes += field.label == PROTOBUF_C_LABEL_REPEATED ? array(field, depth: depth) : single(field, depth: depth)
      }
    }
    return bytes
  }

  private mutating func unknownField() -> [UInt8] {
    let number = UInt32.random(in: 5000..<9000, using: &random)
    return chance(2) ? Wire.varint(number, Int64.random(in: .min ... .max, using: &random)) : Wire.text(number, "unknown")
  }

  private mutating func array(_ field: ProtobufCFieldDescriptor, depth: Int) -> [UInt8] {
    let count = Int.random(in: 0..<5, using: &random)
    if wireType(field.type) != 2 && chance(2) {
      return Wire.delimited(field.id, (0..<count).flatMap { _ in value(field, depth: depth) })
    }
    return (0..<count).flatMap { _ in single(field, depth: depth) }
  }

  private mutating func single(_ field: ProtobufCFieldDescriptor, depth: Int) -> [UInt8] {
    let type = wireType(field.type), payload = value(field, depth: depth)
    if type == 2 { return Wire.delimited(field.id, payload) }
    var wire = Wire()
    wire.tag(field.id, type)
    return wire.bytes + payload
  }

  private mutating func value(_ field: ProtobufCFieldDescriptor, depth: Int) -> [UInt8] {
    var wire = Wire()
    switch field.type {
    case PROTOBUF_C_TYPE_MESSAGE:
      return message(field.descriptor.assumingMemoryBound(to: ProtobufCMessageDescriptor.self), depth: depth - 1)
    case PROTOBUF_C_TYPE_STRING, PROTOBUF_C_TYPE_BYTES:
      return (0..<Int.random(in: 0..<9, using: &random)).map { _ in UInt8.random(in: 1...127, using: &random) }
    case PROTOBUF_C_TYPE_BOOL: wire.varint(chance(2) ? 1 : 0)
    default:
      let value = random.next() >> UInt64.random(in: 0..<64, using: &random)
      switch wireType(field.type) {
      case 5: wire.fixed(UInt32(truncatingIfNeeded: value))
      case 1: wire.fixed(value)
      default: wire.varint(value)
      }
    }
    return wire.bytes
  }
}

private func wireType(_ type: ProtobufCType) -> UInt64 {
  switch type {
  case PROTOBUF_C_TYPE_SFIXED32, PROTOBUF_C_TYPE_FIXED32, PROTOBUF_C_TYPE_FLOAT: 5
  case PROTOBUF_C_TYPE_SFIXED64, PROTOBUF_C_TYPE_FIXED64, PROTOBUF_C_TYPE_DOUBLE: 1
  case PROTOBUF_C_TYPE_STRING, PROTOBUF_C_TYPE_BYTES, PROTOBUF_C_TYPE_MESSAGE: 2
  default: 0
  }
}
