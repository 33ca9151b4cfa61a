import Diagnostics
import GraphIR
import Tensors

/// A function of the bits of two integers of one type, broadcast against each other.
protocol BitwiseBinary: ElementwiseBinary {
  func combine(_ a: UInt8, _ b: UInt8) -> UInt8
}

extension BitwiseBinary {
  public static var isCommutative: Bool { true }

  public func infer(_ operands: Operands<BinaryOperand, Fact>) throws(ModelError) -> [Fact] {
    let (a, b) = try (operands.one(.a), operands.one(.b))
    try require(a, "an integer") { $0.isInteger }
    return [try inferBroadcast([a, b])]
  }

  /// What is done to every bit by itself can be done byte by byte.
  public func evaluate(_ operands: Operands<BinaryOperand, Tensor>) throws(ModelError) -> [Tensor] {
    let (a, b) = try (operands.one(.a), operands.one(.b))
    guard a.element == b.element, a.element.isInteger else {
      throw ModelError(.typeMismatch, "bits of \(a.element.rawValue) and \(b.element.rawValue)")
    }
    let shape = try broadcast([a.shape, b.shape])
    try checkedCount(a.element, shape)
    let (x, y) = (try a.expanded(to: shape), try b.expanded(to: shape))
    var bytes = OwnedBytes(uninitialized: x.byteCount)
    try x.withUnsafeBytes { (x) throws(ModelError) in
      try y.withUnsafeBytes { (y) throws(ModelError) in
        bytes.withUnsafeMutableBytes { to in
          for index in 0..<to.count { to[index] = combine(x[index], y[index]) }
        }
      }
    }
    return [try Tensor(a.element, shape, bytes: bytes)]
  }
}

/// The bits that are set in both.
public struct BitwiseAnd: BitwiseBinary {
  public static let name = "BitwiseAnd"
  public static let since = 18
  public init() {}
  func combine(_ a: UInt8, _ b: UInt8) -> UInt8 { a & b }
}

/// The bits that are set in one or both.
public struct BitwiseOr: BitwiseBinary {
  public static let name = "BitwiseOr"
  public static let since = 18
  public init() {}
  func combine(_ a: UInt8, _ b: UInt8) -> UInt8 { a | b }
}

/// The bits that are set in exactly one.
public struct BitwiseXor: BitwiseBinary {
  public static let name = "BitwiseXor"
  public static let since = 18
  public init() {}
  func combine(_ a: UInt8, _ b: UInt8) -> UInt8 { a ^ b }
}

/// Every bit of `x` turned around.
public struct BitwiseNot: Evaluable {
  public typealias Operand = UnaryOperand
  public static let name = "BitwiseNot"
  public static let since = 18
  public init() {}

  public func infer(_ operands: Operands<UnaryOperand, Fact>) throws(ModelError) -> [Fact] {
    let x = try operands.one(.x)
    try require(x, "an integer") { $0.isInteger }
    return [Fact(type: x.type)]
  }

  public func evaluate(_ operands: Operands<UnaryOperand, Tensor>) throws(ModelError) -> [Tensor] {
    let x = try operands.one(.x)
    guard x.element.isInteger else { throw ModelError(.typeMismatch, "bits of \(x.element.rawValue)") }
    var bytes = OwnedBytes(uninitialized: x.byteCount)
    try x.withUnsafeBytes { (from) throws(ModelError) in
      bytes.withUnsafeMutableBytes { to in
        for index in 0..<to.count { to[index] = ~from[index] }
      }
    }
    return [try Tensor(x.element, x.shape, bytes: bytes)]
  }
}
