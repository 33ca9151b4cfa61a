/// What one element of a tensor is. The raw value is its name in the `.graph` text form.
public enum ElementType: String, Sendable, Hashable, CaseIterable {
  case float32 = "f32"
  case float64 = "f64"
  case float16 = "f16"
  case bfloat16 = "bf16"
  case float8e4m3fn = "f8e4m3fn"
  case float8e4m3fnuz = "f8e4m3fnuz"
  case float8e5m2 = "f8e5m2"
  case float8e5m2fnuz = "f8e5m2fnuz"
  case float8e8m0 = "f8e8m0"
  case float6e2m3 = "f6e2m3"
  case float6e3m2 = "f6e3m2"
  case float4e2m1 = "f4e2m1"
  case int64 = "i64"
  case int32 = "i32"
  case int16 = "i16"
  case int8 = "i8"
  case int4 = "i4"
  case int2 = "i2"
  case uint64 = "u64"
  case uint32 = "u32"
  case uint16 = "u16"
  case uint8 = "u8"
  case uint4 = "u4"
  case uint2 = "u2"
  case bool = "bool"
  case complex64 = "c64"
  case complex128 = "c128"
  case string = "str"

  /// Bits that one element occupies in packed storage; 0 for strings, which have no fixed size.
  public var bitWidth: Int {
    switch self {
    case .string: 0
    case .int2, .uint2: 2
    case .int4, .uint4, .float4e2m1: 4
    case .float6e2m3, .float6e3m2: 6
    case .int8, .uint8, .bool, .float8e4m3fn, .float8e4m3fnuz, .float8e5m2, .float8e5m2fnuz, .float8e8m0: 8
    case .int16, .uint16, .float16, .bfloat16: 16
    case .int32, .uint32, .float32: 32
    case .int64, .uint64, .float64, .complex64: 64
    case .complex128: 128
    }
  }

  public var isFloatingPoint: Bool {
    switch self {
    case .float32, .float64, .float16, .bfloat16, .float8e4m3fn, .float8e4m3fnuz, .float8e5m2, .float8e5m2fnuz,
      .float8e8m0, .float6e2m3, .float6e3m2, .float4e2m1:
      true
    default: false
    }
  }

  public var isSignedInteger: Bool {
    switch self {
    case .int64, .int32, .int16, .int8, .int4, .int2: true
    default: false
    }
  }

  public var isUnsignedInteger: Bool {
    switch self {
    case .uint64, .uint32, .uint16, .uint8, .uint4, .uint2: true
    default: false
    }
  }

  public var isInteger: Bool { isSignedInteger || isUnsignedInteger }

  /// Bytes that `count` elements occupy, sub-byte elements packed; `nil` when that overflows.
  public func byteCount(elements count: Int) -> Int? {
    let (bits, overflow) = count.multipliedReportingOverflow(by: bitWidth)
    guard !overflow, bits <= Int.max - 7 else { return nil }
    return (bits + 7) / 8
  }
}

/// The sizes of a tensor's axes, outermost first. A scalar has none.
public typealias Shape = [Int]

extension Shape {
  /// The product of the sizes; `nil` when a size is negative or the product overflows.
  public var elementCount: Int? {
    var product = 1
    for size in self {
      guard size >= 0 else { return nil }
      let (next, overflow) = product.multipliedReportingOverflow(by: size)
      // A later zero would make an overflowing product legal; no real tensor is like that.
      guard !overflow else { return contains(0) ? 0 : nil }
      product = next
    }
    return product
  }

  /// Row-major strides in elements.
  public var strides: [Int] {
    var result = [Int](repeating: 1, count: count)
    var running = 1
    for axis in indices.reversed() {
      result[axis] = running
      running *= self[axis]
    }
    return result
  }
}
