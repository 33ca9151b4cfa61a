import Diagnostics
import GraphIR
import Tensors

public enum SequencePositionOperand: Int, OperandSlot { case sequence, position }

/// The item of a sequence at `position`, counted from the end when negative.
public struct SequenceAt: StructuredEvaluable {
  public typealias Operand = SequencePositionOperand
  public static let name = "SequenceAt"
  public static let since = 11
  public init() {}

  public func infer(_ operands: Operands<Operand, Fact>) throws(ModelError) -> [Fact] {
    [Fact(type: try operands.one(.sequence).itemType())]
  }

  public func evaluate(values: Operands<Operand, RuntimeValue>) throws(ModelError) -> [RuntimeValue] {
    let items = try values.one(.sequence).requireSequence()
    return [items[try sequencePlace(values.one(.position), count: items.count)]]
  }
}

public enum SequenceOperand: Int, OperandSlot { case sequence }

/// The number of a sequence's items, as a scalar.
public struct SequenceLength: StructuredEvaluable {
  public typealias Operand = SequenceOperand
  public static let name = "SequenceLength"
  public static let since = 11
  public init() {}

  public func infer(_ operands: Operands<Operand, Fact>) throws(ModelError) -> [Fact] {
    _ = try operands.one(.sequence).itemType()
    return [.tensor(.int64, [])]
  }

  public func evaluate(values: Operands<Operand, RuntimeValue>) throws(ModelError) -> [RuntimeValue] {
    [.tensor(try .scalar(values.one(.sequence).requireSequence().count))]
  }
}
