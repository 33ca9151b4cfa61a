import Tensors

/// Single elements as text and as bits. What is printed reads back to the same bits.
enum ElementText {
  /// The bits of an element of at most 64, from packed little-endian bytes.
  static func bits(of index: Int, _ bytes: UnsafeRawBufferPointer, _ element: ElementType) -> UInt64 {
    let width = element.bitWidth
    if width < 8 { return UInt64(NarrowElements.load(bytes, at: index, width: width)) }
    var bits: UInt64 = 0
    for offset in 0..<min(width / 8, 8) { bits |= UInt64(bytes[index * (width / 8) + offset]) << UInt64(8 * offset) }
    return bits
  }

  static func text(_ bits: UInt64, _ element: ElementType) -> String {
    switch element {
    case .float32: float(Float(bitPattern: UInt32(truncatingIfNeeded: bits)), bits, UInt64(Float.nan.bitPattern), element)
    case .float64: float(Double(bitPattern: bits), bits, Double.nan.bitPattern, element)
    case .float16: float(Float16(bitPattern: UInt16(truncatingIfNeeded: bits)), bits, UInt64(Float16.nan.bitPattern), element)
    case .bfloat16: float(Float(bitPattern: UInt32(truncatingIfNeeded: bits) << 16), bits, 0x7fc0, element)
    case .bool where bits <= 1: bits == 1 ? "true" : "false"
    case let element where element.isSignedInteger: String(signed(bits, width: element.bitWidth))
    case let element where element.isUnsignedInteger: String(bits)
    default: hexadecimal(bits, element)
    }
  }

  private static func float<F: BinaryFloatingPoint & CustomStringConvertible>(
    _ value: F, _ bits: UInt64, _ plainNaN: UInt64, _ element: ElementType
  ) -> String {
    guard value.isNaN else { return value.description }
    return bits == plainNaN ? "nan" : hexadecimal(bits, element)
  }

  private static func hexadecimal(_ bits: UInt64, _ element: ElementType) -> String {
    let digits = String(bits, radix: 16)
    return "0x" + String(repeating: "0", count: max((element.bitWidth + 3) / 4 - digits.utf8.count, 0)) + digits
  }

  static func signed(_ bits: UInt64, width: Int) -> Int64 {
    let shift = Int64(64 - width)
    return (Int64(bitPattern: bits) << shift) >> shift
  }

  /// The bits of a number as written, `nil` when it is none or the element type cannot hold it.
  static func bits(ofNumber text: String, _ element: ElementType) -> UInt64? {
    switch element {
    case .float32: return Float(text).map { UInt64($0.bitPattern) }
    case .float64: return Double(text).map(\.bitPattern)
    case .float16: return Float16(text).map { UInt64($0.bitPattern) }
    case .bfloat16: return Float(text).map { UInt64(roundedToBFloat16($0)) }
    case .bool: return text == "0" ? 0 : text == "1" ? 1 : nil
    case let element where element.isSignedInteger:
      guard let value = Int64(text), signed(UInt64(bitPattern: value), width: element.bitWidth) == value else { return nil }
      return UInt64(bitPattern: value) & mask(element.bitWidth)
    case let element where element.isUnsignedInteger:
      guard let value = UInt64(text), value & mask(element.bitWidth) == value else { return nil }
      return value
    default: return nil
    }
  }

  static func mask(_ width: Int) -> UInt64 { width >= 64 ? .max : 1 << UInt64(width) - 1 }

  /// To nearest, ties to even. A NaN becomes the plain one.
  static func roundedToBFloat16(_ value: Float) -> UInt16 {
    if value.isNaN { return 0x7fc0 }
    let bits = value.bitPattern
    return UInt16(truncatingIfNeeded: (bits &+ 0x7fff &+ (bits >> 16 & 1)) >> 16)
  }

  /// Writes the bits of one element into packed bytes that are still zero.
  static func store(_ bits: UInt64, at index: Int, _ bytes: UnsafeMutableRawBufferPointer, _ element: ElementType) {
    let width = element.bitWidth
    if width < 8 { return NarrowElements.store(UInt8(truncatingIfNeeded: bits), bytes, at: index, width: width) }
    for offset in 0..<min(width / 8, 8) {
      bytes[index * (width / 8) + offset] = UInt8(truncatingIfNeeded: bits >> UInt64(8 * offset))
    }
  }
}
