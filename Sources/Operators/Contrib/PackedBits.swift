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
  func value<Bytes: RandomAccessCollection>(_ bytes: Bytes, start: Int, _ index: Int) -> UInt8 where Bytes.Element == UInt8, Bytes.Index == Int {
    let position = index * bits
    let (byte, shift) = (start + position / 8, position % 8)
    var pair = UInt16(bytes[byte])
    if shift + bits > 8 { pair |= UInt16(bytes[byte + 1]) << 8 }
    return UInt8(truncatingIfNeeded: pair >> UInt16(shift)) & UInt8(truncatingIfNeeded: (1 << bits) - 1)
  }

  /// The first `count` integers of the run that `bytes` is, as floats.
  func unpack(_ bytes: UnsafeBufferPointer<UInt8>, _ count: Int, to: UnsafeMutablePointer<Float>) {
    switch bits {
    case 8:
      for index in 0..<count { to[index] = Float(bytes[index]) }
    case 4:
      for index in 0..<count / 2 {
        to[2 * index] = Float(bytes[index] & 15)
        to[2 * index + 1] = Float(bytes[index] >> 4)
      }
      if count % 2 == 1 { to[count - 1] = Float(bytes[count / 2] & 15) }
    default:
      for index in 0..<count { to[index] = Float(value(bytes, start: 0, index)) }
    }
  }
}
