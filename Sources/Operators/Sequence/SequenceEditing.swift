import Diagnostics
import GraphIR
import Tensors

/// The sequence with a further item, put before the one at `position`, or after all of them.
public struct SequenceInsert: StructuredEvaluable {
  public enum Operand: Int, OperandSlot {
    case sequence, item, position
    public var arity: Arity { self == .position ? .optional : .one }
  }
  public static let name = "SequenceInsert"
  public static let since = 11
  public init() {}

  public func infer(_ operands: Operands<Operand, Fact>) throws(ModelError) -> [Fact] {
    let (sequence, item) = try (operands.one(.sequence), operands.one(.item))
    guard let known = try sequence.itemType() else { return [Fact(type: .sequence(nil))] }
    _ = try commonElement([Fact(type: known), item])
    guard let type = item.type else { return [Fact(type: .sequence(known.tensorType.map { .tensor($0.element, nil) }))] }
    return [Fact(type: .sequence(commonItem(known, type)))]
  }

  public func evaluate(values: Operands<Operand, RuntimeValue>) throws(ModelError) -> [RuntimeValue] {
    var items = try values.one(.sequence).requireSequence()
    let item = try values.one(.item).requireTensor()
    if let element = items.first?.tensor?.element, element != item.element {
      throw ModelError(.typeMismatch, "\(item.element.rawValue) into a sequence of \(element.rawValue)")
    }
    let place = try values[.position].map { (position) throws(ModelError) in
      try sequencePlace(position, count: items.count, inclusive: true)
    }
    items.insert(.tensor(item), at: place ?? items.count)
    return [.sequence(items)]
  }
}

/// The sequence without the item at `position`, or without the last one.
public struct SequenceErase: StructuredEvaluable {
  public enum Operand: Int, OperandSlot {
    case sequence, position
    public var arity: Arity { self == .position ? .optional : .one }
  }
  public static let name = "SequenceErase"
  public static let since = 11
  public init() {}

  public func infer(_ operands: Operands<Operand, Fact>) throws(ModelError) -> [Fact] {
    [Fact(type: .sequence(try operands.one(.sequence).itemType()))]
  }

  public func evaluate(values: Operands<Operand, RuntimeValue>) throws(ModelError) -> [RuntimeValue] {
    var items = try values.one(.sequence).requireSequence()
    guard !items.isEmpty else { throw ModelError(.invalidGraph, "the sequence has no items") }
    let place = try values[.position].map { (position) throws(ModelError) in try sequencePlace(position, count: items.count) }
    items.remove(at: place ?? items.count - 1)
    return [.sequence(items)]
  }
}
