import Diagnostics
import GraphIR
import LiteRTSchema

extension Mappings {
  /// Operators that are not part of the format, by the name they are registered under.
  static let custom: [String: Mapping] = [
    // MediaPipe's: operands x, weights, bias; its options begin with padding (1 same, 2 valid), stride width, stride height.
    "Convolution2DTransposeBias": { (call, reader) throws(ModelError) in
      let bytes = Array(reader.file.mapping.bytes[call.customOptions].prefix(12))
      guard bytes.count == 12 else { throw ModelError(.malformed, "options of \(bytes.count) bytes") }
      let words = (0..<3).map { word in (0..<4).reduce(0) { $0 | Int(bytes[4 * word + $1]) << (8 * $1) } }
      let padding: Schema.Padding = words[0] == 1 ? .same : .valid
      try addTransposedConvolution(
        call, reader, x: 0, weights: 1, bias: 2, padding: padding.rawValue, strides: [words[2], words[1]], output: nil)
    }
  ]
}
