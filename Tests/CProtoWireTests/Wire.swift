/// Protobuf written by hand, well-formed or not.
struct Wire {
  var bytes: [UInt8] = []

  mutating func varint(_ value: UInt64) {
    var rest = value
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(rest))
  }

  mutating func tag(_ field: UInt32, _ wireType: UInt64) { varint(UInt64(field) << 3 | wireType) }

  mutating func fixed<Value: FixedWidthInteger>(_ value: Value) {
    withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
  }

  static func varint(_ field: UInt32, _ value: Int64) -> [UInt8] {
    var wire = Wire()
    wire.tag(field, 0)
    wire.varint(UInt64(bitPattern: value))
    return wire.bytes
  }

  static func fixed<Value: FixedWidthInteger>(_ field: UInt32, _ value: Value) -> [UInt8] {
    var wire = Wire()
    wire.tag(field, Value.bitWidth == 32 ? 5 : 1)
    wire.fixed(value)
    return wire.bytes
  }

  static func delimited(_ field: UInt32, _ payload: [UInt8]) -> [UInt8] {
    var wire = Wire()
    wire.tag(field, 2)
    wire.varint(UInt64(payload.count))
    return wire.bytes + payload
  }

  static func text(_ field: UInt32, _ text: String) -> [UInt8] { delimited(field, Array(text.utf8)) }
}
