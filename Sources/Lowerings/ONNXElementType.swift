import Tensors

/// ONNX's numbers for element types.
extension ElementType {
  /// The element type with ONNX's number `code`; `nil` for numbers that mean nothing, or a type Ferry does not hold.
  package init?(onnxCode code: Int) {
    guard code > 0, code < Self.byONNXCode.count, let element = Self.byONNXCode[code] else { return nil }
    self = element
  }

  package var onnxCode: Int {
    switch self {
    case .float32: 1
    case .uint8: 2
    case .int8: 3
    case .uint16: 4
    case .int16: 5
    case .int32: 6
    case .int64: 7
    case .string: 8
    case .bool: 9
    case .float16: 10
    case .float64: 11
    case .uint32: 12
    case .uint64: 13
    case .complex64: 14
    case .complex128: 15
    case .bfloat16: 16
    case .float8e4m3fn: 17
    case .float8e4m3fnuz: 18
    case .float8e5m2: 19
    case .float8e5m2fnuz: 20
    case .uint4: 21
    case .int4: 22
    case .float4e2m1: 23
    case .float8e8m0: 24
    case .uint2: 25
    case .int2: 26
    }
  }

  /// The first version of ONNX's file structure that knows the type.
  package var firstONNXVersion: Int {
    switch self {
    case .bfloat16: 4
    case .float8e4m3fn, .float8e4m3fnuz, .float8e5m2, .float8e5m2fnuz: 9
    case .int4, .uint4: 10
    case .float4e2m1: 11
    case .float8e8m0: 12
    case .int2, .uint2: 13
    default: 1
    }
  }

  private static let byONNXCode: [ElementType?] = {
    var table = [ElementType?](repeating: nil, count: 27)
    for element in allCases { table[element.onnxCode] = element }
    return table
  }()
}
