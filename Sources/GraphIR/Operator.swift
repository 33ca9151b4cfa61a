import Diagnostics
import Tensors

/// How many values a declared operand or result takes.
public enum Arity: Sendable, Equatable {
  case one
  case optional
  /// Any number, at least `minimum`; only the last declared one.
  case variadic(minimum: Int)
}

/// The operands of an operator, in order. `enum Operand: Int, OperandSlot { case x, weight, bias }`
public protocol OperandSlot: RawRepresentable<Int>, CaseIterable, Sendable {
  var arity: Arity { get }
}

extension OperandSlot {
  public var arity: Arity { .one }
}

/// What a node computes: one struct per operator, its stored properties being the attributes.
///
/// Semantics and names are those of ONNX's newest operator set. Further abilities are further protocols.
public protocol Operator: Sendable {
  associatedtype Operand: OperandSlot
  /// The name in the operator set, as in `Conv`.
  static var name: String { get }
  /// The operator set; empty for the standard one.
  static var domain: String { get }
  /// The version of the operator set in which this meaning was last changed.
  static var since: Int { get }
  static var attributes: [AttributeSpec<Self>] { get }
  static var results: [Arity] { get }
  init()

  /// Instance forms, so that operators known only by name can answer.
  var name: String { get }
  var domain: String { get }
  /// The graphs the operator owns (branches, bodies), in a fixed order.
  var graphs: [Graph] { get set }
  /// False for operators whose results differ from run to run, or that act on the outside.
  var isPure: Bool { get }
  /// The tensor that is the only result of an operator that holds one; see `ConstantProducing`.
  var heldTensor: Tensor? { get }

  /// Types (and, for integers that describe shapes, values) of the results.
  ///
  /// Throws `typeMismatch` or `invalidGraph` when the operands cannot be right. What cannot be known is `Fact.unknown`.
  func infer(_ operands: Operands<Operand, Fact>) throws(ModelError) -> [Fact]
}

extension Operator {
  public static var domain: String { "" }
  public static var results: [Arity] { [.one] }
  public static var attributes: [AttributeSpec<Self>] { [] }
  public var name: String { Self.name }
  public var domain: String { Self.domain }
  public var graphs: [Graph] {
    get { [] }
    set {}
  }
  public var isPure: Bool { true }
  public var heldTensor: Tensor? { nil }
}

extension Operator {
  /// True when neither the operator nor anything in the graphs it owns is impure.
  package var isPureThroughout: Bool {
    isPure && graphs.allSatisfy { graph in graph.nodeIDs.allSatisfy { graph[$0].op.isPureThroughout } }
  }

  /// `infer` for callers that do not know the operator.
  package func inferFacts(_ facts: [Fact?], resultCount: Int) throws(ModelError) -> [Fact] {
    try infer(Operands(facts, resultCount: resultCount))
  }

  /// The declared operands, by arity.
  package static var operandArities: [Arity] { Operand.allCases.map { $0.arity } }

  /// The attributes that are present, in declared order.
  package var attributeValues: [(name: String, value: AttributeValue, isDefault: Bool)] {
    let reference = Self()
    return Self.attributes.compactMap { spec in
      guard let value = spec.get(self) else { return nil }
      return (spec.name, value, spec.get(reference)?.isEqual(to: value) ?? false)
    }
  }

  /// True when `other` is the same operator with the same attributes.
  package func isEqual(to other: any Operator) -> Bool {
    guard let other = other as? Self, graphs.isEmpty, other.graphs.isEmpty, name == other.name else { return false }
    return Self.attributes.allSatisfy { spec in
      switch (spec.get(self), spec.get(other)) {
      case (nil, nil): true
      case (let a?, let b?): a.isEqual(to: b)
      default: false
      }
    }
  }
}

/// What is given to an operator, by declared operand: facts while types are inferred, tensors while it runs.
public struct Operands<Slot: OperandSlot, Item: Sendable>: Sendable {
  public let items: [Item?]
  /// How many results the node names.
  public let resultCount: Int

  public init(_ items: [Item?], resultCount: Int = 1) {
    self.items = items
    self.resultCount = resultCount
  }

  /// The item, when the operand is present.
  public subscript(slot: Slot) -> Item? {
    slot.rawValue < items.count ? items[slot.rawValue] : nil
  }

  /// The item of an operand that must be there.
  public func one(_ slot: Slot) throws(ModelError) -> Item {
    guard let item = self[slot] else {
      throw ModelError(.invalidGraph, "operand \"\(slot)\" is missing")
    }
    return item
  }

  /// Everything from a variadic operand on; absent ones are `nil`.
  public func all(from slot: Slot) -> ArraySlice<Item?> {
    items.dropFirst(slot.rawValue)
  }
}

/// For operators without operands.
public enum NoOperand: Int, OperandSlot { case none
  public static var allCases: [NoOperand] { [] }
}
