import Diagnostics
import GraphIR
import Tensors

extension Printer {
  /// The largest number of elements that a dump lists one by one.
  static let literalLimit = 16

  /// `const f32[2] [1.0, 2.0]`
  mutating func constant(_ tensor: Tensor) {
    out.put("const ")
    out.put(tensor.element.rawValue)
    if !tensor.shape.isEmpty {
      out.put("[")
      for (axis, size) in tensor.shape.enumerated() {
        if axis > 0 { out.put(",") }
        out.put(String(size))
      }
      out.put("]")
    }
    out.put(" ")
    if let strings = tensor.strings { return self.strings(strings, isScalar: tensor.isScalar) }
    if tensor.isDeferred && form == .dump { return out.put("#deferred") }
    let location = form == .dump ? tensor.mappedRange : nil
    do throws(ModelError) {
      try tensor.withUnsafeBytes { (bytes) throws(ModelError) in
        payload(bytes, tensor, location: location.map { ($0.file.path, $0.range.lowerBound) })
      }
    } catch {
      out.put("#unreadable")
    }
  }

  private mutating func strings(_ strings: [[UInt8]], isScalar: Bool) {
    if !isScalar { out.put("[") }
    out.list(strings) { $0.put(quoted: $1) }
    if !isScalar { out.put("]") }
  }

  private mutating func payload(_ bytes: UnsafeRawBufferPointer, _ tensor: Tensor, location: (path: String, offset: Int)?) {
    if tensor.count <= Self.literalLimit && tensor.element != .complex128 {
      literal(bytes, tensor)
    } else if isUniform(bytes, width: tensor.element.bitWidth / 8) {
      out.put("splat(")
      out.put(ElementText.text(ElementText.bits(of: 0, bytes, tensor.element), tensor.element))
      out.put(")")
    } else if let location {
      out.put("@")
      out.put(word: location.path)
      out.put("+\(location.offset)")
    } else if form == .dump {
      out.put("#")
      let digits = String(ConstantHash.hash(bytes), radix: 16)
      out.put(String(repeating: "0", count: 16 - digits.utf8.count) + digits)
    } else {
      out.put("hex \"")
      for byte in bytes { out.put(hex: byte) }
      out.put("\"")
    }
  }

  private mutating func literal(_ bytes: UnsafeRawBufferPointer, _ tensor: Tensor) {
    if !tensor.isScalar { out.put("[") }
    out.list(0..<tensor.count) { out, index in
      out.put(ElementText.text(ElementText.bits(of: index, bytes, tensor.element), tensor.element))
    }
    if !tensor.isScalar { out.put("]") }
  }

  /// True when all elements of `width` bytes are the same. Stops at the first that is not.
  private func isUniform(_ bytes: UnsafeRawBufferPointer, width: Int) -> Bool {
    guard width > 0, width <= 8, bytes.count > width else { return false }
    for index in width..<bytes.count where bytes[index] != bytes[index - width] { return false }
    return true
  }
}

/// Recognises equal constants in dumps. Not proof against intent.
enum ConstantHash {
  static func hash(_ bytes: UnsafeRawBufferPointer) -> UInt64 {
    var state: UInt64 = 0x9e37_79b9_7f4a_7c15 ^ UInt64(bytes.count)
    let whole = bytes.count / 8 * 8
    for offset in stride(from: 0, to: whole, by: 8) {
      state = mixed(state ^ UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self)))
    }
    var rest: UInt64 = 0
    for offset in whole..<bytes.count { rest = rest << 8 | UInt64(bytes[offset]) }
    return mixed(mixed(state ^ rest))
  }

  private static func mixed(_ value: UInt64) -> UInt64 {
    let product = value.multipliedFullWidth(by: 0xd6e8_feb8_6659_fd93)
    return product.high ^ product.low &+ 0x632b_e59b_d9b4_e019
  }
}
