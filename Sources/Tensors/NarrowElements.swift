/// Elements narrower than a byte in a row of bits, the least significant first; those of 6 bits cross from one byte to the next.
public enum NarrowElements {
  /// The element at `index`, zero-extended.
  @inlinable public static func load(_ bytes: UnsafeRawBufferPointer, at index: Int, width: Int) -> UInt8 {
    let (byte, shift) = (index * width / 8, index * width % 8)
    var bits = UInt16(bytes[byte])
    if shift + width > 8 { bits |= UInt16(bytes[byte + 1]) << 8 }
    return UInt8(truncatingIfNeeded: bits >> UInt16(shift)) & (1 << UInt8(width) - 1)
  }

  /// Writes the low bits of `pattern` where zeros are.
  @inlinable public static func store(_ pattern: UInt8, _ bytes: UnsafeMutableRawBufferPointer, at index: Int, width: Int) {
    let (byte, shift) = (index * width / 8, index * width % 8)
    let bits = UInt16(pattern & (1 << UInt8(width) - 1)) << UInt16(shift)
    bytes[byte] |= UInt8(truncatingIfNeeded: bits)
    if shift + width > 8 { bytes[byte + 1] |= UInt8(truncatingIfNeeded: bits >> 8) }
  }
}
