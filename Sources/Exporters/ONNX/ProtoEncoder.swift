import Diagnostics
import Tensors

/// Writes protobuf messages into memory, tensors excepted: those leave a gap that is filled when the rope is read.
///
/// A message is written in place and its length put before it afterwards, so that nothing is measured twice.
struct ProtoEncoder {
  private struct Gap {
    /// Where in `bytes` the tensor belongs.
    var position: Int
    let tensor: Tensor
  }

  private var bytes: [UInt8] = []
  private var gaps: [Gap] = []
  private var gapBytes = 0

  /// Of all that was written, tensors included.
  var byteCount: Int { bytes.count + gapBytes }

  var rope: ByteRope {
    var rope = ByteRope()
    bytes.withUnsafeBytes { bytes in
      var done = 0
      for gap in gaps {
        rope.append(UnsafeRawBufferPointer(rebasing: bytes[done..<gap.position]))
        rope.append(gap.tensor)
        done = gap.position
      }
      rope.append(UnsafeRawBufferPointer(rebasing: bytes[done...]))
    }
    return rope
  }

  // MARK: - Fields

  mutating func integer(_ field: Int, _ value: Int64) {
    key(field, 0)
    varint(UInt64(bitPattern: value))
  }

  mutating func float(_ field: Int, _ value: Float) {
    key(field, 5)
    withUnsafeBytes(of: value.bitPattern.littleEndian) { bytes.append(contentsOf: $0) }
  }

  mutating func text(_ field: Int, _ text: String) {
    key(field, 2)
    let utf8 = text.utf8
    varint(UInt64(utf8.count))
    bytes.append(contentsOf: utf8)
  }

  mutating func text(_ field: Int, _ text: [UInt8]) {
    key(field, 2)
    varint(UInt64(text.count))
    bytes.append(contentsOf: text)
  }

  /// The packed elements of a tensor that does not hold strings.
  mutating func elements(_ field: Int, _ tensor: Tensor) {
    key(field, 2)
    varint(UInt64(tensor.byteCount))
    guard tensor.byteCount > 0 else { return }
    gaps.append(Gap(position: bytes.count, tensor: tensor))
    gapBytes += tensor.byteCount
  }

  /// Fields that are serialised already.
  mutating func serialized(_ fields: [UInt8]?) {
    if let fields { bytes.append(contentsOf: fields) }
  }

  /// A field whose meaning is not known; `content` includes the length, where there is one.
  mutating func unknown(_ field: Int, wireType: Int, _ content: [UInt8]) {
    key(field, wireType)
    bytes.append(contentsOf: content)
  }

  mutating func message(_ field: Int, _ body: (inout ProtoEncoder) throws(ModelError) -> Void) throws(ModelError) {
    key(field, 2)
    let start = bytes.count, firstGap = gaps.count, before = gapBytes
    bytes.append(0)
    try body(&self)
    let length = UInt64(bytes.count - start - 1 + gapBytes - before)
    guard length >= 0x80 else {
      bytes[start] = UInt8(length)
      return
    }
    let prefix = Self.varint(length)
    bytes.replaceSubrange(start...start, with: prefix)
    for index in firstGap..<gaps.count { gaps[index].position += prefix.count - 1 }
  }

  /// The fields of another encoder.
  mutating func append(_ other: ProtoEncoder) {
    gaps.append(contentsOf: other.gaps.map { Gap(position: $0.position + bytes.count, tensor: $0.tensor) })
    gapBytes += other.gapBytes
    bytes.append(contentsOf: other.bytes)
  }

  // MARK: - Wire

  private mutating func key(_ field: Int, _ wireType: Int) { varint(UInt64(field << 3 | wireType)) }

  private mutating func varint(_ value: UInt64) {
    var rest = value
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(rest))
  }

  private static func varint(_ value: UInt64) -> [UInt8] {
    var encoder = ProtoEncoder()
    encoder.varint(value)
    return encoder.bytes
  }
}
