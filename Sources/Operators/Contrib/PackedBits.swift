import Diagnostics
import Tensors

/// Unsigned integers of `bits` bits, packed from the low bits of each byte on, in runs that begin at whole bytes.
struct PackedBits {
  let bits: Int

  /// Throws `invalidGraph` for a number of bits that is none of 1 ... 8.
  init(_ bits: Int) throws(ModelError) {
    guard (1...8).contains(bits) else { throw ModelError(.invalidGraph, "\(bits) bits", at: Place(attribute: "bits")) }
    self.bits = bits
  }

  /// Bytes of a run of `count` integers.
  func byteCount(_ count: Int) -> Int { (count * bits + 7) / 8 }

  /// The integer at `index` of the run that begins at byte `start`.
  @inline(__always)
  func value(_ bytes: [UInt8], start: Int, _ index: Int) -> UInt8 {
    let position = index * bits
    let (byte, shift) = (start + position / 8, position % 8)
    var pair = UInt16(bytes[byte])
    if shift + bits > 8 { pair |= UInt16(bytes[byte + 1]) << 8 }
    return UInt8(truncatingIfNeeded: pair >> UInt16(shift)) & UInt8(truncatingIfNeeded: (1 << bits) - 1)
  }
}
