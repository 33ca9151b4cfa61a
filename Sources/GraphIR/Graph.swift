import Diagnostics
import Tensors

/// Nodes and the values between them. A value type: a copy is a snapshot and costs a few retains.
///
/// Ids stay valid while the graph lives. Use lists are exact after every mutation.
public struct Graph: Sendable {
  public package(set) var name: String
  @usableFromInline var nodeSlots: [Node?] = []
  @usableFromInline var valueSlots: [Value?] = []
  /// What the caller gives, in order. An input may have a default.
  public internal(set) var inputs: [ValueID] = []
  public internal(set) var outputs: [ValueID] = []
  /// Values of the graph around that this one uses; parallel to the owning node's trailing operands.
  public internal(set) var captures: [ValueID] = []
  /// Values of inputs that the caller leaves out.
  package var defaults: [ValueID: Tensor] = [:]
  /// Constants that the source also lists among its inputs, as ONNX did before IR version 4.
  package var listedConstants: [ValueID] = []
  package var carried: Carried?
  /// Where each use stands in the use list of a value that has many. See `Graph+Uses.swift`.
  var hubs: [ValueID: [Value.Use: Int]] = [:]

  public init(name: String) { self.name = name }

  /// Nodes that were not removed; kept up to date, so that asking is free.
  package internal(set) var liveNodeCount = 0

  @inlinable package var nodeCapacity: Int { nodeSlots.count }
  @inlinable package var valueCapacity: Int { valueSlots.count }

  /// A node that is known to exist. Inlined, so that reading one field of it retains neither the node nor the graph.
  @inlinable public subscript(id: NodeID) -> Node {
    _read {
      guard let node = nodeSlots[id.index] else { preconditionFailure("node \(id.index) was removed") }
      yield node
    }
  }

  /// A value that is known to exist.
  @inlinable public subscript(id: ValueID) -> Value {
    _read {
      guard let value = valueSlots[id.index] else { preconditionFailure("value \(id.index) was removed") }
      yield value
    }
  }

  @inlinable package func node(_ id: NodeID) -> Node? { nodeSlots[id.index] }
  @inlinable package func value(_ id: ValueID) -> Value? { valueSlots[id.index] }

  // A field is asked for, since comparing a whole slot with nil copies what is in it.
  /// Every node, in order of creation.
  public var nodeIDs: some Sequence<NodeID> { nodeSlots.indices.lazy.filter { nodeSlots[$0]?.position != nil }.map { NodeID($0) } }
  /// Every value, in order of creation.
  public var valueIDs: some Sequence<ValueID> { valueSlots.indices.lazy.filter { valueSlots[$0]?.outputUses != nil }.map { ValueID($0) } }

  public var nodeCount: Int { liveNodeCount }

  /// The node that computes a value.
  @inlinable public func producer(of value: ValueID) -> NodeID? {
    if case .result(let node, _) = self[value].origin { node } else { nil }
  }

  /// The tensor behind a value that is a constant, or the result of a `Constant` node.
  public func constant(_ value: ValueID) -> Tensor? {
    switch self[value].origin {
    case .constant(let tensor): tensor
    case .result(let node, _): self[node].op.heldTensor
    case .input, .capture: nil
    }
  }

  /// What is known of a value.
  package func fact(_ id: ValueID) -> Fact {
    let value = self[id]
    if let tensor = value.constant { return Fact(constant: tensor) }
    var fact = Fact(type: value.type, elements: value.elements)
    fact.constant = constant(id)
    if fact.elements == nil, let tensor = fact.constant { fact.elements = Fact(constant: tensor).elements }
    return fact
  }

  package func place(of value: ValueID) -> Place { Place(graph: name, value: self[value].name) }
  package func place(of node: NodeID) -> Place {
    var place = self[node].place
    place.graph = name
    return place
  }
}

/// An operator whose only result is a tensor it holds.
public protocol ConstantProducing {
  var tensor: Tensor? { get }
}

extension Operator where Self: ConstantProducing {
  public var heldTensor: Tensor? { tensor }
}
