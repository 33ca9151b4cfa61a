import Diagnostics
import GraphIR
import Tensors

/// A matrix of the operand's shape with ones on the `k`th diagonal, counted upwards, and zeros elsewhere.
public struct EyeLike: Evaluable {
  public typealias Operand = UnaryOperand
  public static let name = "EyeLike"
  public static let since = 22
  public static let attributes: [AttributeSpec<Self>] = [.optionalElement("dtype", \.dtype), .int("k", \.k)]
  /// Absent means the operand's.
  public var dtype: ElementType?
  public var k = 0
  public init() {}

  public func infer(_ operands: Operands<UnaryOperand, Fact>) throws(ModelError) -> [Fact] {
    let x = try operands.one(.x)
    try requireRank(x, 2...2, "x")
    guard let element = dtype ?? x.element else { return [.unknown] }
    return [.tensor(element, x.shape ?? .unknown(rank: 2))]
  }

  public func evaluate(_ operands: Operands<UnaryOperand, Tensor>) throws(ModelError) -> [Tensor] {
    let x = try operands.one(.x)
    guard x.rank == 2 else { throw ModelError(.typeMismatch, "x has rank \(x.rank)") }
    try checkedCount(.uint8, x.shape)
    var bytes = [UInt8](repeating: 0, count: x.count)
    for row in 0..<x.shape[0] {
      let (column, overflow) = row.addingReportingOverflow(k)
      if !overflow, column >= 0, column < x.shape[1] { bytes[row * x.shape[1] + column] = 1 }
    }
    return [try Tensor(.uint8, x.shape, elements: bytes).converted(to: dtype ?? x.element)]
  }
}
