import Diagnostics
import GraphIR
import Tensors

// What rules ask for most is inlinable: they lie in another module, and most of their time goes into finding no match.

/// A node that a rule looks at, its operator not yet narrowed down.
public struct MatchedNode {
  @usableFromInline let session: RewriteSession
  public let id: NodeID

  @inlinable init(session: RewriteSession, id: NodeID) {
    self.session = session
    self.id = id
  }

  @inlinable public var op: any Operator { session.storedGraph[id].op }
  public var name: String { session.storedGraph[id].name }
  @inlinable public var operandCount: Int { session.storedGraph[id].operands.count }
  @inlinable public var resultCount: Int { session.storedGraph[id].results.count }
  /// Version of the standard operator set that the result may use.
  public var opset: Int { session.context.opsets[""] ?? 0 }

  /// Bytes by which folding may still make the model larger.
  package var growthLeft: Int { session.context.growthLeft }

  @inlinable public func operand(_ index: Int) throws(NoMatch) -> MatchedValue {
    guard let value = operandIfPresent(index) else { throw NoMatch("an operand is absent") }
    return value
  }

  @inlinable public func operandIfPresent(_ index: Int) -> MatchedValue? {
    guard index < operandCount, let value = session.storedGraph[id].operands[index] else { return nil }
    return MatchedValue(session: session, id: value)
  }

  /// All operands, captures included.
  public var operands: [MatchedValue?] {
    session.storedGraph[id].operands.map { $0.map { MatchedValue(session: session, id: $0) } }
  }

  @inlinable public func result(_ index: Int) -> MatchedValue { MatchedValue(session: session, id: session.storedGraph[id].results[index]) }
  @inlinable public var result: MatchedValue { result(0) }

  /// True when nothing uses the result, or the node does not name it.
  public func isUnused(result index: Int) -> Bool {
    guard index < resultCount else { return true }
    let value = session.storedGraph[id].results[index]
    return session.storedGraph[value].uses.isEmpty && !session.storedGraph[value].isOutput
  }

  /// This node as an `Op`.
  @inlinable public func narrowed<Op: Operator>(to type: Op.Type) throws(NoMatch) -> Matched<Op> {
    guard let op = session.storedGraph.operatorIf(Op.self, at: id) else { throw NoMatch("another operator") }
    return Matched(node: self, op: op)
  }
}

/// A node whose operator is an `Op`.
public struct Matched<Op: Operator> {
  public let node: MatchedNode
  public let op: Op

  @inlinable init(node: MatchedNode, op: Op) {
    self.node = node
    self.op = op
  }

  @inlinable public subscript(slot: Op.Operand) -> MatchedValue {
    get throws(NoMatch) { try node.operand(slot.rawValue) }
  }

  @inlinable public func ifPresent(_ slot: Op.Operand) -> MatchedValue? { node.operandIfPresent(slot.rawValue) }

  /// Everything from a variadic operand on.
  public func all(from slot: Op.Operand) -> [MatchedValue?] { Array(node.operands.dropFirst(slot.rawValue)) }

  @inlinable public var result: MatchedValue { node.result(0) }
  @inlinable public func result(_ index: Int) -> MatchedValue { node.result(index) }
}

/// An edge that a rule looks at.
public struct MatchedValue: Equatable {
  @usableFromInline let session: RewriteSession
  public let id: ValueID

  @inlinable init(session: RewriteSession, id: ValueID) {
    self.session = session
    self.id = id
  }

  @inlinable public static func == (a: MatchedValue, b: MatchedValue) -> Bool { a.id == b.id }

  public var name: String { session.storedGraph[id].name }
  @inlinable public var isOutput: Bool { session.storedGraph[id].isOutput }
  @inlinable public var useCount: Int { session.storedGraph[id].uses.count }
  @inlinable public var isConstant: Bool { session.storedGraph.constant(id) != nil }
  @inlinable public var type: TensorType? { session.storedGraph[id].type?.tensorType }
  public var fact: Fact { session.storedGraph.fact(id) }

  @inlinable public func elementType() throws(NoMatch) -> ElementType {
    guard let type else { throw NoMatch("the element type is not known", id) }
    return type.element
  }

  /// The shape, of which at least the rank is known.
  @inlinable public func shape() throws(NoMatch) -> [Dim] {
    guard let shape = type?.shape else { throw NoMatch("the rank is not known", id) }
    return shape
  }

  @inlinable public func rank() throws(NoMatch) -> Int { try shape().count }

  @inlinable public func fixedShape() throws(NoMatch) -> Shape {
    guard let shape = type?.fixedShape else { throw NoMatch("the shape is not known", id) }
    return shape
  }

  /// The tensor that the value always is.
  @inlinable public func constant() throws(NoMatch) -> Tensor {
    guard let tensor = session.storedGraph.constant(id) else { throw NoMatch("not a constant", id) }
    return tensor
  }

  /// Elements of an integer scalar or vector, each a number or an expression.
  public func elements() throws(NoMatch) -> [Dim] {
    guard let elements = fact.elements else { throw NoMatch("the elements are not known", id) }
    return elements
  }

  public func integers() throws(NoMatch) -> [Int] {
    guard let integers = fact.integers else { throw NoMatch("the elements are not known as numbers", id) }
    return integers
  }

  /// The node that computes the value, whoever else uses it.
  @inlinable public func anyProducer() throws(NoMatch) -> MatchedNode {
    guard let node = session.storedGraph.producer(of: id) else { throw NoMatch("not the result of a node", id) }
    return MatchedNode(session: session, id: node)
  }

  /// The node that computes the value, an `Op`, whoever else uses the value.
  @inlinable public func producerAllowingOtherUses<Op: Operator>(_ type: Op.Type) throws(NoMatch) -> Matched<Op> {
    try anyProducer().narrowed(to: type)
  }

  /// The node that computes the value, an `Op`, for this one use only: the value is not a graph output either.
  @inlinable public func soleProducer<Op: Operator>(_ type: Op.Type) throws(NoMatch) -> Matched<Op> {
    let node = try producerAllowingOtherUses(type)
    try requireSoleUse()
    return node
  }

  @inlinable public func requireSoleUse() throws(NoMatch) {
    guard useCount == 1, !isOutput else { throw NoMatch("the value has other uses", id) }
  }

  /// The node that uses the value, when there is just one and the value is not a graph output.
  @inlinable public func soleUser() throws(NoMatch) -> MatchedNode {
    try requireSoleUse()
    return MatchedNode(session: session, id: session.storedGraph[id].uses[0].node)
  }

  /// The nodes that use the value, once per use.
  public var users: [MatchedNode] { session.storedGraph[id].uses.map { MatchedNode(session: session, id: $0.node) } }
}
