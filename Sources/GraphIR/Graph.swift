import Diagnostics
import Tensors

/// Nodes and the values between them. A value type: a copy is a snapshot and costs a few retains.
///
/// Ids stay valid while the graph lives. Use lists are exact after every mutation.
public struct Graph: Sendable {
  public package(set) var name: String
  // Liveness stands beside the slots, so that reading one field of a slot copies nothing else.
  @usableFromInline var nodeSlots: [Node] = []
  @usableFromInline var valueSlots: [Value] = []
  @usableFromInline var isLiveNode: [Bool] = []
  @usableFromInline var isLiveValue: [Bool] = []
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
  @usableFromInline package internal(set) var liveNodeCount = 0

  @inlinable package var nodeCapacity: Int { nodeSlots.count }
  @inlinable package var valueCapacity: Int { valueSlots.count }

  /// A node that is known to exist. Yielded where it lies: reading one field of it retains neither the node nor the graph.
  @inlinable public subscript(id: NodeID) -> Node {
    _read {
      precondition(isLiveNode[id.index], "the node was removed")
      let slots = nodeSlots.span
      yield slots[id.index]
    }
  }

  // One field of a node that is known to exist, where it lies: what a node computes of itself is given a copy of all of it,
  // and what is not inlined, one of the graph.

  @inlinable @inline(__always) package func key(of id: NodeID) -> ObjectIdentifier {
    precondition(isLiveNode[id.index], "the node was removed")
    return nodeSlots[id.index].key
  }

  /// The operator, when it is an `Op`.
  @inlinable @inline(__always) public func operatorIf<Op: Operator>(_ type: Op.Type, at id: NodeID) -> Op? {
    key(of: id) == ObjectIdentifier(type) ? nodeSlots[id.index].op.known(as: type) : nil
  }

  @inlinable @inline(__always) package func ownsGraphs(_ id: NodeID) -> Bool {
    precondition(isLiveNode[id.index], "the node was removed")
    return nodeSlots[id.index].ownsGraphs
  }

  /// The graphs of the node's operator.
  @inlinable @inline(__always) public func graphs(of id: NodeID) -> [Graph] {
    precondition(isLiveNode[id.index], "the node was removed")
    return nodeSlots[id.index].ownsGraphs ? nodeSlots[id.index].op.graphs : []
  }

  /// A value that is known to exist.
  @inlinable public subscript(id: ValueID) -> Value {
    _read {
      precondition(isLiveValue[id.index], "the value was removed")
      let slots = valueSlots.span
      yield slots[id.index]
    }
  }

  /// True unless the node was removed.
  @inlinable package func contains(_ id: NodeID) -> Bool { isLiveNode[id.index] }
  /// True unless the value was removed.
  @inlinable package func contains(_ id: ValueID) -> Bool { isLiveValue[id.index] }

  @inlinable package func node(_ id: NodeID) -> Node? { contains(id) ? nodeSlots[id.index] : nil }
  @inlinable package func value(_ id: ValueID) -> Value? { contains(id) ? valueSlots[id.index] : nil }

  /// Every node, in order of creation.
  @inlinable public var nodeIDs: LiveIDs<NodeID> { LiveIDs(isLiveNode) }
  /// Every value, in order of creation.
  @inlinable public var valueIDs: LiveIDs<ValueID> { LiveIDs(isLiveValue) }

  @inlinable public var nodeCount: Int { liveNodeCount }

  /// The node that computes a value.
  @inlinable public func producer(of value: ValueID) -> NodeID? {
    if case .result(let node, _) = self[value].origin { node } else { nil }
  }

  /// The tensor behind a value that is a constant, or the result of a `Constant` node.
  @inlinable @inline(__always) public func constant(_ value: ValueID) -> Tensor? {
    switch self[value].origin {
    case .constant(let tensor): tensor
    case .result(let node, _): self[node].op.heldTensor
    case .input, .capture: nil
    }
  }

  /// What is known of a value.
  @inlinable package func fact(_ id: ValueID) -> Fact {
    if let tensor = self[id].constant { return Fact(constant: tensor) }
    var fact = Fact(type: self[id].type, elements: self[id].elements)
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
