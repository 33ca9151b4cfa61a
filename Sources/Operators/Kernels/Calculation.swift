import CNumerics
import Diagnostics
import GraphIR
import Tensors

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// A function of two elements of one type, whose result has that type.
enum Arithmetic: Sendable {
  case add, subtract, multiply, divide, minimum, maximum, power
  /// `a` where it is not negative, else `a·b`.
  case parametricRelu
  /// With the dividend's sign.
  case truncatedRemainder
  /// With the divisor's sign.
  case flooredRemainder

  var code: fn_binary {
    switch self {
    case .add: FN_ADD
    case .subtract: FN_SUB
    case .multiply: FN_MUL
    case .divide: FN_DIV
    case .minimum: FN_MIN
    case .maximum: FN_MAX
    case .power: FN_POW
    case .parametricRelu: FN_PRELU
    case .truncatedRemainder: FN_FMOD
    case .flooredRemainder: FN_MOD
    }
  }
}

/// `function` of two broadcast operands of one element type.
func calculate(_ function: Arithmetic, _ a: Tensor, _ b: Tensor) throws(ModelError) -> Tensor {
  guard a.element == b.element else {
    throw ModelError(.typeMismatch, "operands of \(a.element.rawValue) and \(b.element.rawValue)")
  }
  let shape = try broadcast([a.shape, b.shape])
  let count = try checkedCount(a.element, shape)
  switch a.element {
  case .float32: return try calculateFloats(function, a, b, shape, count)
  case .float64: return try calculateNative(function, a, b, shape, Double.self)
  case .int64: return try calculateNative(function, a, b, shape, Int64.self)
  case .int32: return try calculateNative(function, a, b, shape, Int32.self)
  case .int16: return try calculateNative(function, a, b, shape, Int16.self)
  case .int8: return try calculateNative(function, a, b, shape, Int8.self)
  case .uint64: return try calculateNative(function, a, b, shape, UInt64.self)
  case .uint32: return try calculateNative(function, a, b, shape, UInt32.self)
  case .uint16: return try calculateNative(function, a, b, shape, UInt16.self)
  case .uint8: return try calculateNative(function, a, b, shape, UInt8.self)
  case .bool, .string, .complex64, .complex128:
    throw ModelError(.unsupported, "arithmetic of \(a.element.rawValue)")
  default: return try calculate(function, a.widened(), b.widened()).converted(to: a.element)
  }
}

private func calculateFloats(
  _ function: Arithmetic, _ a: Tensor, _ b: Tensor, _ shape: Shape, _ count: Int
) throws(ModelError) -> Tensor {
  // Axes that both operands run through in the same way are one axis.
  let isSame = a.shape == shape && b.shape == shape
  let walked = isSame ? [count] : shape
  let aStrides = isSame ? [1] : try a.broadcastStrides(to: shape)
  let bStrides = isSame ? [1] : try b.broadcastStrides(to: shape)
  return try a.withElements(as: Float.self) { (x) throws(ModelError) in
    try b.withElements(as: Float.self) { (y) throws(ModelError) in
      try Tensor(.float32, shape, filling: Float.self) { to in
        guard count > 0, let x = x.baseAddress, let y = y.baseAddress, let z = to.baseAddress else { return }
        let (walked, aStrides, bStrides) = merged(walked, aStrides, bStrides)
        fn_combine_f32(
          function.code, Int32(walked.count), walked.map(Int64.init), x, aStrides.map(Int64.init), y, bStrides.map(Int64.init), z)
      }
    }
  }
}

/// The same walk with neighbouring axes joined where both operands allow it.
private func merged(_ shape: Shape, _ a: [Int], _ b: [Int]) -> (Shape, [Int], [Int]) {
  var (sizes, first, second): (Shape, [Int], [Int]) = ([], [], [])
  for axis in shape.indices where shape[axis] != 1 {
    if let last = sizes.indices.last, first[last] == a[axis] * shape[axis], second[last] == b[axis] * shape[axis] {
      sizes[last] *= shape[axis]
      first[last] = a[axis]
      second[last] = b[axis]
    } else {
      sizes.append(shape[axis])
      first.append(a[axis])
      second.append(b[axis])
    }
  }
  return (sizes, first, second)
}

/// An element that arithmetic is done in.
protocol ArithmeticElement: BitwiseCopyable, Comparable, Sendable {
  static func sum(_ a: Self, _ b: Self) -> Self
  static func difference(_ a: Self, _ b: Self) -> Self
  static func product(_ a: Self, _ b: Self) -> Self
  /// `nil` for an integer division by zero.
  static func quotient(_ a: Self, _ b: Self) -> Self?
  static func remainder(_ a: Self, _ b: Self, floored: Bool) -> Self?
  static func power(_ a: Self, _ b: Self) -> Self
  static func smaller(_ a: Self, _ b: Self) -> Self
  static func larger(_ a: Self, _ b: Self) -> Self
  static var nought: Self { get }
}

extension ArithmeticElement where Self: FixedWidthInteger {
  static func sum(_ a: Self, _ b: Self) -> Self { a &+ b }
  static func difference(_ a: Self, _ b: Self) -> Self { a &- b }
  static func product(_ a: Self, _ b: Self) -> Self { a &* b }
  static func quotient(_ a: Self, _ b: Self) -> Self? { b == 0 ? nil : a.dividedReportingOverflow(by: b).partialValue }
  static func remainder(_ a: Self, _ b: Self, floored: Bool) -> Self? {
    if b == 0 { return nil }
    let rest = a.remainderReportingOverflow(dividingBy: b).partialValue
    return floored && rest != 0 && (rest < 0) != (b < 0) ? rest &+ b : rest
  }
  static func power(_ a: Self, _ b: Self) -> Self {
    if b < 0 { return a == 1 ? 1 : a == 0 &- 1 ? (b & 1 == 0 ? 1 : a) : 0 }
    var (result, base, rest): (Self, Self, Self) = (1, a, b)
    while rest > 0 {
      if rest & 1 == 1 { result = result &* base }
      base = base &* base
      rest >>= 1
    }
    return result
  }
  static func smaller(_ a: Self, _ b: Self) -> Self { a < b ? a : b }
  static func larger(_ a: Self, _ b: Self) -> Self { a > b ? a : b }
  static var nought: Self { 0 }
}

extension Int64: ArithmeticElement {}
extension Int32: ArithmeticElement {}
extension Int16: ArithmeticElement {}
extension Int8: ArithmeticElement {}
extension UInt64: ArithmeticElement {}
extension UInt32: ArithmeticElement {}
extension UInt16: ArithmeticElement {}
extension UInt8: ArithmeticElement {}

extension Double: ArithmeticElement {
  static func sum(_ a: Double, _ b: Double) -> Double { a + b }
  static func difference(_ a: Double, _ b: Double) -> Double { a - b }
  static func product(_ a: Double, _ b: Double) -> Double { a * b }
  static func quotient(_ a: Double, _ b: Double) -> Double? { a / b }
  static func remainder(_ a: Double, _ b: Double, floored: Bool) -> Double? {
    let rest = fmod(a, b)
    guard floored else { return rest }
    return rest != 0 && (rest < 0) != (b < 0) ? rest + b : rest
  }
  static func power(_ a: Double, _ b: Double) -> Double { pow(a, b) }
  static func smaller(_ a: Double, _ b: Double) -> Double { a.isNaN ? a : (a > b || b.isNaN) ? b : a }
  static func larger(_ a: Double, _ b: Double) -> Double { a.isNaN ? a : a < b || b.isNaN ? b : a }
  static var nought: Double { 0 }
}

private func calculateNative<T: ArithmeticElement>(
  _ function: Arithmetic, _ a: Tensor, _ b: Tensor, _ shape: Shape, _ type: T.Type
) throws(ModelError) -> Tensor {
  let x = try a.expanded(to: shape)
  let y = try b.expanded(to: shape)
  return try x.withElements(as: T.self) { (x) throws(ModelError) in
    try y.withElements(as: T.self) { (y) throws(ModelError) in
      try Tensor(a.element, shape, filling: T.self) { (to) throws(ModelError) in
        switch function {
        case .add: for i in 0..<x.count { to[i] = T.sum(x[i], y[i]) }
        case .subtract: for i in 0..<x.count { to[i] = T.difference(x[i], y[i]) }
        case .multiply: for i in 0..<x.count { to[i] = T.product(x[i], y[i]) }
        case .minimum: for i in 0..<x.count { to[i] = T.smaller(x[i], y[i]) }
        case .maximum: for i in 0..<x.count { to[i] = T.larger(x[i], y[i]) }
        case .power: for i in 0..<x.count { to[i] = T.power(x[i], y[i]) }
        case .parametricRelu: for i in 0..<x.count { to[i] = x[i] < T.nought ? T.product(x[i], y[i]) : x[i] }
        case .divide: try fill(to) { T.quotient(x[$0], y[$0]) }
        case .truncatedRemainder: try fill(to) { T.remainder(x[$0], y[$0], floored: false) }
        case .flooredRemainder: try fill(to) { T.remainder(x[$0], y[$0], floored: true) }
        }
      }
    }
  }
}

@inline(__always)
private func fill<T>(_ target: UnsafeMutableBufferPointer<T>, _ element: (Int) -> T?) throws(ModelError) {
  for index in 0..<target.count {
    guard let value = element(index) else { throw ModelError(.invalidGraph, "an integer is divided by zero") }
    target[index] = value
  }
}
