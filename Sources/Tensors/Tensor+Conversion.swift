import CNumerics
import Diagnostics

extension Tensor {
  /// The elements as 32-bit floats. Throws `typeMismatch` for complex numbers and strings.
  public func floats() throws(ModelError) -> [Float] { try converted(to: .float32).elements(as: Float.self) }

  /// The elements as 64-bit floats. Throws `typeMismatch` for complex numbers and strings.
  public func doubles() throws(ModelError) -> [Double] { try converted(to: .float64).elements(as: Double.self) }

  /// The elements in another element type, by the rules of ONNX's `Cast`.
  ///
  /// Floats round to the nearest, the even one of two; what is too large becomes infinite, or for 8-bit floats the largest
  /// number when `saturating`. Floats become integers by truncation, clamped to 64 bits (NaN becomes 0); integers that do
  /// not fit lose their high bits. Anything but zero is true. Throws `unsupported` for complex numbers, `typeMismatch` for
  /// strings that are no numbers.
  public func converted(
    to target: ElementType, saturating: Bool = true, exponentRounding: ExponentRounding = .up
  ) throws(ModelError) -> Tensor {
    if target == element { return self }
    if let strings {
      return try Tensor(.float64, shape, elements: try strings.map { (text) throws(ModelError) in try number(in: text) })
        .converted(to: target, saturating: saturating, exponentRounding: exponentRounding)
    }
    if target == .string { return try Tensor(strings: texts(), shape: shape) }
    guard element.bitWidth <= 64, element != .complex64, target.bitWidth <= 64, target != .complex64 else {
      throw ModelError(.unsupported, "conversion of \(element.rawValue) to \(target.rawValue)")
    }
    let source = try widened()
    let wide = target.widened
    // Rounding twice must not differ from rounding once.
    let odd = source.element == .float64 && target.isFloatingPoint && target != .float32
    let middle = odd && wide == .float32 ? try source.roundedToOdd() : try source.convertedNatively(to: wide)
    return try middle.narrowed(to: target, saturating: saturating, exponentRounding: exponentRounding)
  }

  private func roundedToOdd() throws(ModelError) -> Tensor {
    try Tensor(.float32, shape, elements: elements(as: Double.self).map(Float.init(roundingToOdd:)))
  }

  private func number(in text: [UInt8]) throws(ModelError) -> Double {
    let plain = String(decoding: text, as: UTF8.self).filter { !$0.isWhitespace }
    switch plain.lowercased() {
    case "inf", "+inf", "infinity", "+infinity": return .infinity
    case "-inf", "-infinity": return -.infinity
    case "nan", "+nan", "-nan": return .nan
    default: break
    }
    guard let value = Double(plain) else { throw ModelError(.typeMismatch, "the string \"\(plain)\" is no number") }
    return value
  }

  private func texts() throws(ModelError) -> [[UInt8]] {
    func plain(_ text: String) -> [UInt8] { Array((text.hasSuffix(".0") ? String(text.dropLast(2)) : text).utf8) }
    switch element {
    case .float32: return try elements(as: Float.self).map { special(Double($0)) ?? plain("\($0)") }
    case .float64: return try elements(as: Double.self).map { special($0) ?? plain("\($0)") }
    case .bool: return try elements(as: UInt8.self).map { Array(($0 != 0 ? "1" : "0").utf8) }
    case .uint64: return try elements(as: UInt64.self).map { Array("\($0)".utf8) }
    default: break
    }
    let wide = try widened()
    return wide.element == .float32 ? try wide.texts() : try wide.convertedNatively(to: .int64).elements(as: Int64.self).map { Array("\($0)".utf8) }
  }

  private func special(_ value: Double) -> [UInt8]? {
    if value.isNaN { return Array("NaN".utf8) }
    return value.isInfinite ? Array((value < 0 ? "-INF" : "INF").utf8) : nil
  }
}

extension ElementType {
  /// The element type with native arithmetic that holds every number of this one.
  public var widened: ElementType {
    switch self {
    case .float16, .bfloat16, .float8e4m3fn, .float8e4m3fnuz, .float8e5m2, .float8e5m2fnuz, .float8e8m0, .float6e2m3, .float6e3m2,
      .float4e2m1:
      .float32
    case .int4, .int2: .int8
    case .uint4, .uint2: .uint8
    default: self
    }
  }
}

extension Tensor {
  /// The same numbers in an element type with native arithmetic; the tensor itself when it has one.
  public func widened() throws(ModelError) -> Tensor {
    let wide = element.widened
    if wide == element { return self }
    if element == .float16 || element == .bfloat16 {
      let isHalf = element == .float16
      return try withElements(as: UInt16.self) { (from) throws(ModelError) in
        try Tensor(.float32, shape, filling: Float.self) { to in
          guard let source = from.baseAddress, let target = to.baseAddress else { return }
          (isHalf ? fn_f16_to_f32 : fn_bf16_to_f32)(source, target, from.count)
        }
      }
    }
    let patterns = element.bitWidth == 8 ? try elements(as: UInt8.self) : try unpacked()
    if wide == .float32 {
      let table = decodingTable()
      return try Tensor(.float32, shape, elements: patterns.map { table[Int($0)] })
    }
    if wide == .uint8 { return try Tensor(.uint8, shape, elements: patterns) }
    let shift = Int8(8 - element.bitWidth)
    return try Tensor(.int8, shape, elements: patterns.map { (Int8(bitPattern: $0) << shift) >> shift })
  }

  private func decodingTable() -> [Float] {
    if element == .float8e8m0 { return (0..<256).map { SmallFloat.decodeExponent(UInt8($0)) } }
    guard let format = SmallFloat(element) else { return [Float](repeating: .nan, count: 256) }
    return (0..<(1 << element.bitWidth)).map { format.decode(UInt8($0)) }
  }

  /// One byte an element, of a type narrower than a byte: the bits, zero-extended.
  public func unpacked() throws(ModelError) -> [UInt8] {
    let width = element.bitWidth
    guard (1..<8).contains(width) else { throw ModelError(.internalInvariant, "\(element.rawValue) is not packed") }
    return try withUnsafeBytes { (bytes) throws(ModelError) in
      (0..<count).map { NarrowElements.load(bytes, at: $0, width: width) }
    }
  }

  /// A tensor of a type narrower than a byte from one byte an element, whose low bits count.
  public init(_ element: ElementType, _ shape: Shape, packing patterns: [UInt8]) throws(ModelError) {
    let width = element.bitWidth
    guard (1..<8).contains(width) else { throw ModelError(.internalInvariant, "\(element.rawValue) is not packed") }
    var bytes = OwnedBytes(zeroed: element.byteCount(elements: patterns.count) ?? 0)
    bytes.withUnsafeMutableBytes { buffer in
      for (index, pattern) in patterns.enumerated() { NarrowElements.store(pattern, buffer, at: index, width: width) }
    }
    try self.init(element, shape, bytes: bytes)
  }

  /// The inverse of `widened`: rounds, saturates or cuts off bits.
  func narrowed(to target: ElementType, saturating: Bool, exponentRounding: ExponentRounding) throws(ModelError) -> Tensor {
    if element == target { return self }
    switch target {
    case .float16, .bfloat16:
      return try withElements(as: Float.self) { (from) throws(ModelError) in
        try Tensor(target, shape, filling: UInt16.self) { to in
          guard let source = from.baseAddress, let place = to.baseAddress else { return }
          (target == .float16 ? fn_f32_to_f16 : fn_f32_to_bf16)(source, place, from.count)
        }
      }
    case .float8e8m0:
      let patterns = try elements(as: Float.self).map {
        SmallFloat.encodeExponent($0, saturating: saturating, rounding: exponentRounding)
      }
      return try Tensor(target, shape, elements: patterns)
    case .int4, .int2, .uint4, .uint2:
      return try Tensor(target, shape, packing: elements(as: UInt8.self))
    default:
      guard let format = SmallFloat(target) else { throw ModelError(.internalInvariant, "\(element.rawValue) to \(target.rawValue)") }
      let patterns = try elements(as: Float.self).map { format.encode($0, saturating: saturating) }
      return target.bitWidth == 8 ? try Tensor(target, shape, elements: patterns) : try Tensor(target, shape, packing: patterns)
    }
  }
}
