import Diagnostics
import GraphIR
import Tensors

/// `a` where `condition` holds, `b` elsewhere; all three broadcast. Any element type.
public struct Where: Evaluable {
  public enum Operand: Int, OperandSlot { case condition, a, b }
  public static let name = "Where"
  public static let since = 16
  public init() {}

  public func infer(_ operands: Operands<Operand, Fact>) throws(ModelError) -> [Fact] {
    let (condition, a, b) = try (operands.one(.condition), operands.one(.a), operands.one(.b))
    try require(condition, "a boolean") { $0 == .bool }
    guard let element = try commonElement([a, b]) else { return [.unknown] }
    let shape = try broadcast([condition.shape, a.shape, b.shape])
    let fact = Fact.tensor(element, shape)
    guard let chosen = try condition.constant?.integers(), let x = a.expressions, let y = b.expressions,
      let shape, shape.count <= 1, let count = (shape.first ?? 1).number, count <= Fact.elementLimit,
      [chosen.count, x.count, y.count].allSatisfy({ $0 == count || $0 == 1 })
    else { return [fact] }
    let elements = (0..<count).map { index in
      let source = chosen[chosen.count == 1 ? 0 : index] != 0 ? x : y
      return source[source.count == 1 ? 0 : index]
    }
    return [fact.with(elements: elements)]
  }

  public func evaluate(_ operands: Operands<Operand, Tensor>) throws(ModelError) -> [Tensor] {
    let (condition, a, b) = try (operands.one(.condition), operands.one(.a), operands.one(.b))
    let shape = try broadcast([condition.shape, a.shape, b.shape])
    let mask = try condition.expanded(to: shape)
    return try moving([a, b]) { (sources) throws(ModelError) in
      [try select(mask, sources[0].expanded(to: shape), sources[1].expanded(to: shape))]
    }
  }
}
