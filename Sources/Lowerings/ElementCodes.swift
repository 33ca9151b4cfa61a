import Tensors

extension ElementType {
  /// By ONNX's number of the element type.
  private static let byCode: [ElementType?] = [
    nil, .float32, .uint8, .int8, .uint16, .int16, .int32, .int64, .string, .bool, .float16, .float64, .uint32, .uint64,
    .complex64, .complex128, .bfloat16, .float8e4m3fn, .float8e4m3fnuz, .float8e5m2, .float8e5m2fnuz, .uint4, .int4,
    .float4e2m1, .float8e8m0, .uint2, .int2, .float6e2m3, .float6e3m2,
  ]

  private static let codes: [ElementType: Int] = Dictionary(
    uniqueKeysWithValues: byCode.enumerated().compactMap { code, element in element.map { ($0, code) } })

  /// The element type of a number that ONNX gives it.
  package init?(onnxCode code: Int64) {
    guard let index = Int(exactly: code), Self.byCode.indices.contains(index), let element = Self.byCode[index] else { return nil }
    self = element
  }

  /// ONNX's number of the element type.
  package var onnxCode: Int { Self.codes[self] ?? 0 }
}
