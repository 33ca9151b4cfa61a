import Diagnostics
import GraphIR
import Tensors

/// A tensor of the given shape, every element the one of `value`; zero in 32-bit floats without one.
public struct ConstantOfShape: Evaluable {
  public enum Operand: Int, OperandSlot { case shape }
  public static let name = "ConstantOfShape"
  public static let since = 25
  public static let attributes: [AttributeSpec<Self>] = [.tensor("value", \.value)]
  /// Exactly one element.
  public var value: Tensor?
  public init() {}

  public func infer(_ operands: Operands<Operand, Fact>) throws(ModelError) -> [Fact] {
    let shape = try operands.one(.shape)
    let element = value?.element ?? .float32
    if let count = value?.count, count != 1 { throw ModelError(.invalidGraph, "\(count) elements, not 1", at: Place(attribute: "value")) }
    guard let sizes = shape.expressions else { return [.tensor(element, shape.listedCount.map { .unknown(rank: $0) })] }
    if let size = sizes.first(where: { ($0.number ?? 0) < 0 }) { throw ModelError(.invalidGraph, "size \(size)") }
    let fact = Fact.tensor(element, sizes)
    guard sizes.count <= 1, let count = (sizes.first ?? 1).number, count <= Fact.elementLimit, element == .int64 || element == .int32,
      let filler = try value?.integers().first
    else { return [fact] }
    return [fact.with(elements: [Dim](repeating: .number(filler), count: count))]
  }

  public func evaluate(_ operands: Operands<Operand, Tensor>) throws(ModelError) -> [Tensor] {
    let shape = try operands.one(.shape).integers()
    guard shape.allSatisfy({ $0 >= 0 }) else { throw ModelError(.invalidGraph, "a tensor of shape \(shape)") }
    guard let value else { return [try zero(.float32).expanded(to: shape)] }
    return [try value.reshaped(to: []).expanded(to: shape)]
  }
}
