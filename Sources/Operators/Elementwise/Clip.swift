import Diagnostics
import GraphIR
import Tensors

/// `max(min, min(x, max))`; a bound that is absent does not limit. Where the bounds cross, the result is `max`.
public struct Clip: Evaluable {
  public enum Operand: Int, OperandSlot {
    case x, min, max
    public var arity: Arity { self == .x ? .one : .optional }
  }
  public static let name = "Clip"
  public static let since = 13
  public init() {}

  public func infer(_ operands: Operands<Operand, Fact>) throws(ModelError) -> [Fact] {
    let x = try operands.one(.x)
    _ = try commonElement([x, operands[.min], operands[.max]])
    guard let elements = x.expressions, let fact = try x.tensorType() else { return [Fact(type: x.type)] }
    var bounded: [Dim]? = elements
    for (slot, bound) in [(Operand.min, Dim.maximum), (.max, Dim.minimum)] where operands[slot] != nil {
      guard let limit = operands[slot]?.scalarExpression else { bounded = nil; break }
      bounded = bounded?.map { bound($0, limit) }
    }
    return [Fact.tensor(fact.element, fact.shape).with(elements: bounded)]
  }

  public func evaluate(_ operands: Operands<Operand, Tensor>) throws(ModelError) -> [Tensor] {
    var x = try operands.one(.x)
    let shape = x.shape
    for (slot, function) in [(Operand.min, Arithmetic.maximum), (.max, .minimum)] {
      guard let bound = operands[slot] else { continue }
      guard bound.count == 1 else { throw ModelError(.typeMismatch, "a bound of shape \(bound.shape) where a scalar is expected") }
      x = try calculate(function, x, bound.reshaped(to: []))
    }
    return [try x.reshaped(to: shape)]
  }
}
