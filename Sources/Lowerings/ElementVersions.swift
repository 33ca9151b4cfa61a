import Tensors

extension ElementType {
  /// The first version of ONNX's file structure that knows the type.
  package var firstONNXVersion: Int {
    switch self {
    case .bfloat16: 4
    case .float8e4m3fn, .float8e4m3fnuz, .float8e5m2, .float8e5m2fnuz: 9
    case .int4, .uint4: 10
    case .float4e2m1: 11
    case .float8e8m0: 12
    case .int2, .uint2: 13
    case .float6e2m3, .float6e3m2: 14
    default: 1
    }
  }
}
