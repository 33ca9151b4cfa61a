import Diagnostics

/// A Swift number that elements are computed in.
protocol NativeNumber: BitwiseCopyable, Sendable {
  init(wrapping value: Int64)
  init(wrapping value: UInt64)
  init(converting value: Double)
}

extension NativeNumber where Self: FixedWidthInteger {
  init(wrapping value: Int64) { self.init(truncatingIfNeeded: value) }
  init(wrapping value: UInt64) { self.init(truncatingIfNeeded: value) }

  init(converting value: Double) {
    if value.isNaN {
      self = 0
    } else if Self.self == UInt64.self && value >= 0x1p63 {
      self.init(truncatingIfNeeded: value >= 0x1p64 ? UInt64.max : UInt64(value))
    } else {
      self.init(truncatingIfNeeded: value >= 0x1p63 ? Int64.max : value < -0x1p63 ? Int64.min : Int64(value))
    }
  }
}

extension Int64: NativeNumber {}
extension Int32: NativeNumber {}
extension Int16: NativeNumber {}
extension Int8: NativeNumber {}
extension UInt64: NativeNumber {}
extension UInt32: NativeNumber {}
extension UInt16: NativeNumber {}
extension UInt8: NativeNumber {}

extension Float: NativeNumber {
  init(wrapping value: Int64) { self.init(value) }
  init(wrapping value: UInt64) { self.init(value) }
  init(converting value: Double) { self.init(value) }
}

extension Double: NativeNumber {
  init(wrapping value: Int64) { self.init(value) }
  init(wrapping value: UInt64) { self.init(value) }
  init(converting value: Double) { self = value }
}

extension Tensor {
  /// Conversion between 8- to 64-bit integers, booleans, and 32- and 64-bit floats.
  func convertedNatively(to target: ElementType) throws(ModelError) -> Tensor {
    switch target {
    case .float32: try filled(target, Float.self)
    case .float64: try filled(target, Double.self)
    case .int64: try filled(target, Int64.self)
    case .int32: try filled(target, Int32.self)
    case .int16: try filled(target, Int16.self)
    case .int8: try filled(target, Int8.self)
    case .uint64: try filled(target, UInt64.self)
    case .uint32: try filled(target, UInt32.self)
    case .uint16: try filled(target, UInt16.self)
    case .uint8: try filled(target, UInt8.self)
    case .bool: try truths()
    default: throw ModelError(.unsupported, "conversion of \(element.rawValue) to \(target.rawValue)")
    }
  }

  private func filled<T: NativeNumber>(_ target: ElementType, _ type: T.Type) throws(ModelError) -> Tensor {
    if element == target { return self }
    switch element {
    case .float32: return try mapped(target, Float.self) { T(converting: Double($0)) }
    case .float64: return try mapped(target, Double.self) { T(converting: $0) }
    case .int64: return try mapped(target, Int64.self) { T(wrapping: $0) }
    case .int32: return try mapped(target, Int32.self) { T(wrapping: Int64($0)) }
    case .int16: return try mapped(target, Int16.self) { T(wrapping: Int64($0)) }
    case .int8: return try mapped(target, Int8.self) { T(wrapping: Int64($0)) }
    case .uint64: return try mapped(target, UInt64.self) { T(wrapping: $0) }
    case .uint32: return try mapped(target, UInt32.self) { T(wrapping: Int64($0)) }
    case .uint16: return try mapped(target, UInt16.self) { T(wrapping: Int64($0)) }
    case .uint8: return try mapped(target, UInt8.self) { T(wrapping: Int64($0)) }
    case .bool: return try mapped(target, UInt8.self) { T(wrapping: Int64($0 != 0 ? 1 : 0)) }
    default: throw ModelError(.unsupported, "conversion of \(element.rawValue) to \(target.rawValue)")
    }
  }

  private func truths() throws(ModelError) -> Tensor {
    switch element {
    case .float32: try mapped(.bool, Float.self) { $0 != 0 ? UInt8(1) : 0 }
    case .float64: try mapped(.bool, Double.self) { $0 != 0 ? UInt8(1) : 0 }
    default: try convertedNatively(to: .int64).mapped(.bool, Int64.self) { $0 != 0 ? UInt8(1) : 0 }
    }
  }

  private func mapped<S: BitwiseCopyable, T: BitwiseCopyable>(
    _ target: ElementType, _ source: S.Type, _ transform: (S) -> T
  ) throws(ModelError) -> Tensor {
    try withElements(as: S.self) { (from) throws(ModelError) in
      try Tensor(target, shape, filling: T.self) { to in
        for index in 0..<from.count { to[index] = transform(from[index]) }
      }
    }
  }
}
