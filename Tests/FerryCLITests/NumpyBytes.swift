/// `.npy` files put together by hand, well-formed or not.
enum NumpyBytes {
  static func file(_ header: String, _ content: [UInt8], version: UInt8 = 1) -> [UInt8] {
    let text = Array(header.utf8) + [0x0A]
    return [0x93] + Array("NUMPY".utf8) + [version, 0, UInt8(text.count & 0xFF), UInt8(text.count >> 8)] + text + content
  }

  static func header(_ descr: String, _ shape: String, fortran: Bool = false) -> String {
    "{'descr': \(descr), 'fortran_order': \(fortran ? "True" : "False"), 'shape': \(shape), }"
  }

  static func floats(_ values: [Float], _ shape: String, fortran: Bool = false, bigEndian: Bool = false) -> [UInt8] {
    let content = values.flatMap { value in
      withUnsafeBytes(of: bigEndian ? value.bitPattern.bigEndian : value.bitPattern.littleEndian) { Array($0) }
    }
    return file(header(bigEndian ? "'>f4'" : "'<f4'", shape, fortran: fortran), content)
  }

  /// The last `count` floats of a file.
  static func values(_ bytes: [UInt8], count: Int) -> [Float] {
    bytes.suffix(4 * count).withUnsafeBytes { raw in
      (0..<count).map { Float(bitPattern: raw.loadUnaligned(fromByteOffset: 4 * $0, as: UInt32.self).littleEndian) }
    }
  }
}
