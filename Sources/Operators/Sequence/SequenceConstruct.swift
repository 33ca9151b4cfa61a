import Diagnostics
import GraphIR
import Tensors

/// The operands, which share an element type, as a sequence.
public struct SequenceConstruct: StructuredEvaluable {
  public typealias Operand = VariadicOperand
  public static let name = "SequenceConstruct"
  public static let since = 11
  public init() {}

  public func infer(_ operands: Operands<Operand, Fact>) throws(ModelError) -> [Fact] {
    _ = try commonElement(operands.items)
    guard var item = operands.items.first??.type else { return [Fact(type: .sequence(nil))] }
    for fact in operands.items.dropFirst() {
      guard let next = fact?.type, let both = commonItem(item, next) else { return [Fact(type: .sequence(nil))] }
      item = both
    }
    return [Fact(type: .sequence(item))]
  }

  public func evaluate(values: Operands<Operand, RuntimeValue>) throws(ModelError) -> [RuntimeValue] {
    [.sequence(values.items.compactMap { $0 })]
  }
}

/// A sequence without items, for tensors of `dtype`.
public struct SequenceEmpty: StructuredEvaluable {
  public typealias Operand = NoOperand
  public static let name = "SequenceEmpty"
  public static let since = 11
  public static let attributes: [AttributeSpec<Self>] = [.optionalElement("dtype", \.dtype)]
  /// Absent means 32-bit floats.
  public var dtype: ElementType?
  public init() {}

  public func infer(_ operands: Operands<Operand, Fact>) throws(ModelError) -> [Fact] {
    [Fact(type: .sequence(.tensor(dtype ?? .float32, nil)))]
  }

  public func evaluate(values: Operands<Operand, RuntimeValue>) throws(ModelError) -> [RuntimeValue] { [.sequence([])] }
}
