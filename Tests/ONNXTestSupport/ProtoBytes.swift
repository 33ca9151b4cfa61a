/// Builds serialised protobuf messages field by field, right ones and wrong ones.
package struct ProtoBytes: Sendable {
  package private(set) var bytes: [UInt8] = []

  package init() {}
  package init(_ bytes: [UInt8]) { self.bytes = bytes }

  package func int(_ field: Int, _ value: Int) -> ProtoBytes { adding { $0.key(field, 0); $0.varint(UInt64(bitPattern: Int64(value))) } }

  package func float(_ field: Int, _ value: Float) -> ProtoBytes {
    adding { builder in
      builder.key(field, 5)
      withUnsafeBytes(of: value.bitPattern.littleEndian) { builder.bytes += $0 }
    }
  }

  /// What stands before a message of `length` bytes.
  package func header(_ field: Int, length: Int) -> ProtoBytes { adding { $0.key(field, 2); $0.varint(UInt64(length)) } }

  package func data(_ field: Int, _ content: [UInt8]) -> ProtoBytes {
    adding { $0.key(field, 2); $0.varint(UInt64(content.count)); $0.bytes += content }
  }

  package func text(_ field: Int, _ text: String) -> ProtoBytes { data(field, Array(text.utf8)) }

  package func message(_ field: Int, _ content: ProtoBytes) -> ProtoBytes { data(field, content.bytes) }

  package func messages(_ field: Int, _ contents: [ProtoBytes]) -> ProtoBytes { contents.reduce(self) { $0.message(field, $1) } }

  package func texts(_ field: Int, _ texts: [String]) -> ProtoBytes { texts.reduce(self) { $0.text(field, $1) } }

  package func ints(_ field: Int, _ values: [Int]) -> ProtoBytes { values.reduce(self) { $0.int(field, $1) } }

  package func packed(_ field: Int, _ values: [Int]) -> ProtoBytes {
    var content = ProtoBytes()
    for value in values { content.varint(UInt64(bitPattern: Int64(value))) }
    return data(field, content.bytes)
  }

  package func packed<T: BitwiseCopyable>(_ field: Int, elements: [T]) -> ProtoBytes {
    data(field, elements.withUnsafeBytes { Array($0) })
  }

  package func appending(_ other: ProtoBytes) -> ProtoBytes { adding { $0.bytes += other.bytes } }

  private func adding(_ change: (inout ProtoBytes) -> Void) -> ProtoBytes {
    var copy = self
    change(&copy)
    return copy
  }

  private mutating func key(_ field: Int, _ wireType: Int) { varint(UInt64(field << 3 | wireType)) }

  private mutating func varint(_ value: UInt64) {
    var rest = value
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(rest))
  }
}
