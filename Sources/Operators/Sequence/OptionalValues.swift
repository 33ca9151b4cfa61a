import Diagnostics
import GraphIR
import Tensors

public enum OptionalOperand: Int, OperandSlot {
  case x
  public var arity: Arity { .optional }
}

/// An optional that holds the operand, or without one nothing, of type `type`.
///
/// Named `OptionalOf` because `Optional` is a type of the language.
public struct OptionalOf: StructuredEvaluable {
  public typealias Operand = OptionalOperand
  public static let name = "Optional"
  public static let since = 28
  public static let attributes: [AttributeSpec<Self>] = [
    .custom("type", expected: "a type") { $0.type.map { .type($0) } } set: { op, value in
      guard case .type(let type) = value else { return false }
      op.type = type
      return true
    }
  ]
  public var type: ValueType?
  public init() {}

  public func infer(_ operands: Operands<Operand, Fact>) throws(ModelError) -> [Fact] {
    [Fact(type: .optional(operands[.x]?.type ?? type))]
  }

  public func evaluate(values: Operands<Operand, RuntimeValue>) throws(ModelError) -> [RuntimeValue] { [.optional(values[.x])] }
}

/// What an optional holds; anything else is given back as it is.
public struct OptionalGetElement: StructuredEvaluable {
  public enum Operand: Int, OperandSlot { case x }
  public static let name = "OptionalGetElement"
  public static let since = 28
  public init() {}

  public func infer(_ operands: Operands<Operand, Fact>) throws(ModelError) -> [Fact] {
    let x = try operands.one(.x)
    if case .optional(let inner)? = x.type { return [Fact(type: inner)] }
    return [x]
  }

  public func evaluate(values: Operands<Operand, RuntimeValue>) throws(ModelError) -> [RuntimeValue] {
    let x = try values.one(.x)
    guard case .optional(let inner) = x else { return [x] }
    guard let inner else { throw ModelError(.missingValue, "the optional holds nothing") }
    return [inner]
  }
}

/// Whether an optional holds something; true for anything else, false without an operand.
public struct OptionalHasElement: StructuredEvaluable {
  public typealias Operand = OptionalOperand
  public static let name = "OptionalHasElement"
  public static let since = 28
  public init() {}

  public func infer(_ operands: Operands<Operand, Fact>) throws(ModelError) -> [Fact] { [.tensor(.bool, [])] }

  public func evaluate(values: Operands<Operand, RuntimeValue>) throws(ModelError) -> [RuntimeValue] {
    var holds = values[.x] != nil
    if case .optional(let inner)? = values[.x] { holds = inner != nil }
    return [.tensor(try Tensor(.bool, [], elements: [UInt8(holds ? 1 : 0)]))]
  }
}
