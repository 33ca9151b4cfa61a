import Diagnostics
import GraphIR
import Tensors

/// A normalisation along one axis that keeps the shape.
protocol AxisNormalization: Evaluable where Operand == UnaryOperand {
  var axis: Int { get set }
  /// Whether all axes from `axis` on are normalised together, as before version 13.
  var coerced: Bool { get set }
  static var takesLogarithm: Bool { get }
}

extension AxisNormalization {
  public func infer(_ operands: Operands<UnaryOperand, Fact>) throws(ModelError) -> [Fact] {
    let x = try operands.one(.x)
    try require(x, "a floating-point number") { $0.isFloatingPoint }
    if let rank = x.shape?.count, !(rank == 0 && axis == -1 || coerced && axis == rank) { _ = try normalizedAxis(axis, rank: rank) }
    return [Fact(type: x.type)]
  }

  public func evaluate(_ operands: Operands<UnaryOperand, Tensor>) throws(ModelError) -> [Tensor] {
    let x = try operands.one(.x)
    if x.rank == 0 || coerced && axis == x.rank {
      let flat = try x.reshaped(to: [x.count, 1])
      return [try softmax(flat, axis: 1, logarithm: Self.takesLogarithm).reshaped(to: x.shape)]
    }
    let along = try normalizedAxis(axis, rank: x.rank)
    guard coerced else { return [try softmax(x, axis: along, logarithm: Self.takesLogarithm)] }
    guard let rows = Array(x.shape[..<along]).elementCount, let columns = Array(x.shape[along...]).elementCount else {
      throw ModelError(.limitExceeded, "\(x.shape) is too large")
    }
    let flat = try softmax(x.reshaped(to: [rows, columns]), axis: 1, logarithm: Self.takesLogarithm)
    return [try flat.reshaped(to: x.shape)]
  }
}

/// `eˣ / Σ eˣ` along `axis`; along all axes from `axis` on when `coerced`.
public struct Softmax: AxisNormalization {
  public static let name = "Softmax"
  public static let since = 13
  public static let attributes: [AttributeSpec<Self>] = [.int("axis", \.axis), .bool("coerced", \.coerced)]
  public var axis = -1
  public var coerced = false
  public init() {}
  static var takesLogarithm: Bool { false }
}

/// The logarithm of `Softmax`, computed so that it does not underflow.
public struct LogSoftmax: AxisNormalization {
  public static let name = "LogSoftmax"
  public static let since = 13
  public static let attributes: [AttributeSpec<Self>] = [.int("axis", \.axis), .bool("coerced", \.coerced)]
  public var axis = -1
  public var coerced = false
  public init() {}
  static var takesLogarithm: Bool { true }
}
