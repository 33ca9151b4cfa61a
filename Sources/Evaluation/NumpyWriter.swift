import Diagnostics
import Tensors

/// Writes `.npy` files, version 1 of the format.
public enum NumpyWriter {
  /// The file's content: little-endian, in C order, the elements beginning at a multiple of 64 bytes.
  ///
  /// Throws `notExpressible` for element types that NumPy does not have.
  package static func write(_ tensor: Tensor) throws(ModelError) -> ByteRope {
    let (name, order): (String, String)
    var strings: [[UInt32]] = []
    if tensor.element == .string {
      strings = try characters(of: tensor)
      (name, order) = ("U\(max(1, strings.map(\.count).max() ?? 0))", "<")
    } else if let known = NumpyElement.name(of: tensor.element) {
      (name, order) = (known, tensor.element.bitWidth == 8 ? "|" : "<")
    } else {
      throw ModelError(
        .notExpressible, ".npy has no \(tensor.element.rawValue)", notes: ["--format pb writes every element type"])
    }
    let sizes = tensor.shape.map { "\($0)," }.joined(separator: " ")
    let shape = tensor.rank > 1 ? String(sizes.dropLast()) : sizes
    var header = "{'descr': '\(order)\(name)', 'fortran_order': False, 'shape': (\(shape)), }"
    header += String(repeating: " ", count: 63 - (10 + header.utf8.count) % 64) + "\n"
    var rope = ByteRope([0x93] + Array("NUMPY".utf8) + [1, 0])
    rope.append([UInt8(truncatingIfNeeded: header.utf8.count), UInt8(truncatingIfNeeded: header.utf8.count >> 8)])
    rope.append(Array(header.utf8))
    guard tensor.element == .string else {
      rope.append(tensor)
      return rope
    }
    let width = max(1, strings.map(\.count).max() ?? 0)
    for string in strings {
      for index in 0..<width {
        let code = index < string.count ? string[index] : 0
        rope.append(withUnsafeBytes(of: code.littleEndian) { Array($0) })
      }
    }
    return rope
  }

  private static func characters(of tensor: Tensor) throws(ModelError) -> [[UInt32]] {
    var result: [[UInt32]] = []
    for bytes in tensor.strings ?? [] {
      guard let text = String(validating: bytes, as: UTF8.self), text.unicodeScalars.last != "\0" else {
        throw ModelError(.notExpressible, ".npy has no strings that are not UTF-8", notes: ["--format pb writes every string"])
      }
      result.append(text.unicodeScalars.map(\.value))
    }
    return result
  }
}
