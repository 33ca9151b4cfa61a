import Diagnostics
import GraphIR
import Tensors

/// A function of two booleans.
protocol LogicBinary: ElementwiseBinary {
  func apply(_ a: Bool, _ b: Bool) -> Bool
}

extension LogicBinary {
  public static var isCommutative: Bool { true }

  public func infer(_ operands: Operands<BinaryOperand, Fact>) throws(ModelError) -> [Fact] {
    let a = try operands.one(.a)
    let b = try operands.one(.b)
    try require(a, "a boolean") { $0 == .bool }
    try require(b, "a boolean") { $0 == .bool }
    return [try inferBroadcast([a, b], element: .bool)]
  }

  public func evaluate(_ operands: Operands<BinaryOperand, Tensor>) throws(ModelError) -> [Tensor] {
    let (a, b) = try (operands.one(.a), operands.one(.b))
    let shape = try broadcast([a.shape, b.shape])
    let x = try a.expanded(to: shape).elements(as: UInt8.self)
    let y = try b.expanded(to: shape).elements(as: UInt8.self)
    return [try Tensor(.bool, shape, elements: zip(x, y).map { apply($0 != 0, $1 != 0) ? UInt8(1) : 0 })]
  }
}

/// `a ∧ b`.
public struct And: LogicBinary {
  public static let name = "And"
  public static let since = 7
  public init() {}
  func apply(_ a: Bool, _ b: Bool) -> Bool { a && b }
}

/// `a ∨ b`.
public struct Or: LogicBinary {
  public static let name = "Or"
  public static let since = 7
  public init() {}
  func apply(_ a: Bool, _ b: Bool) -> Bool { a || b }
}

/// Exactly one of `a` and `b`.
public struct Xor: LogicBinary {
  public static let name = "Xor"
  public static let since = 7
  public init() {}
  func apply(_ a: Bool, _ b: Bool) -> Bool { a != b }
}

/// `¬x`.
public struct Not: Evaluable {
  public typealias Operand = UnaryOperand
  public static let name = "Not"
  public static let since = 1
  public init() {}

  public func infer(_ operands: Operands<UnaryOperand, Fact>) throws(ModelError) -> [Fact] {
    let x = try operands.one(.x)
    try require(x, "a boolean") { $0 == .bool }
    return [.tensor(.bool, x.shape)]
  }

  public func evaluate(_ operands: Operands<UnaryOperand, Tensor>) throws(ModelError) -> [Tensor] {
    let x = try operands.one(.x)
    return [try Tensor(.bool, x.shape, elements: x.elements(as: UInt8.self).map { $0 == 0 ? UInt8(1) : 0 })]
  }
}
