import Diagnostics
import GraphIR
import Tensors

/// `data` repeated along axes of size 1 so that it has the shape that its own and `shape` broadcast to.
public struct Expand: Evaluable {
  public enum Operand: Int, OperandSlot { case data, shape }
  public static let name = "Expand"
  public static let since = 13
  public init() {}

  public func infer(_ operands: Operands<Operand, Fact>) throws(ModelError) -> [Fact] {
    let (data, target) = try (operands.one(.data), operands.one(.shape))
    guard let sizes = target.expressions else {
      guard let count = target.listedCount, let rank = data.shape?.count else { return [try data.reshaped(nil)] }
      return [try data.reshaped(.unknown(rank: max(count, rank)))]
    }
    if let size = sizes.first(where: { ($0.number ?? 0) < 0 }) { throw ModelError(.invalidGraph, "size \(size)") }
    let shape = try broadcast([data.shape, sizes])
    let fact = try data.reshaped(shape)
    guard let elements = data.expressions, let count = shape?.first?.number, elements.count == 1, count >= 0,
      count <= Fact.elementLimit
    else { return [fact] }
    return [fact.with(elements: [Dim](repeating: elements[0], count: count))]
  }

  public func evaluate(_ operands: Operands<Operand, Tensor>) throws(ModelError) -> [Tensor] {
    let data = try operands.one(.data)
    let shape = try broadcast([data.shape, operands.one(.shape).integers()])
    return [try data.expanded(to: shape)]
  }
}
