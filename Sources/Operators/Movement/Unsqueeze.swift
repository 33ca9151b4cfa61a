import Diagnostics
import GraphIR
import Tensors

/// `data` with new axes of size 1; `axes` are positions in the result.
public struct Unsqueeze: ViewsOperand {
  public enum Operand: Int, OperandSlot { case data, axes }
  public static let name = "Unsqueeze"
  public static let since = 25
  public init() {}

  public func infer(_ operands: Operands<Operand, Fact>) throws(ModelError) -> [Fact] {
    let (data, axes) = try (operands.one(.data), operands.one(.axes))
    guard let shape = data.shape else { return [try data.reshaped(nil)] }
    guard let listed = axes.integers else {
      return [try data.reshaped(axes.listedCount.map { .unknown(rank: shape.count + $0) })]
    }
    return [try data.reshaped(try inserting(listed, into: shape)).with(elements: data.expressions)]
  }

  private func inserting(_ axes: [Int], into shape: [Dim]) throws(ModelError) -> [Dim] {
    let rank = shape.count + axes.count
    let inserted = Set(try normalizedAxes(axes, rank: rank))
    var rest = shape[...]
    return (0..<rank).map { inserted.contains($0) ? 1 : rest.popFirst() ?? 1 }
  }

  public func evaluate(_ operands: Operands<Operand, Tensor>) throws(ModelError) -> [Tensor] {
    let data = try operands.one(.data)
    let axes = try operands.one(.axes).integers()
    return [try data.reshaped(to: inserting(axes, into: data.shape.map(Dim.number)).compactMap(\.number))]
  }
}
