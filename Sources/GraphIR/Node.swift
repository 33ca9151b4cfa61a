import Diagnostics
import Tensors

/// What names a slot of one graph.
public protocol SlotID {
  init(slot: Int)
}

/// The ids of what was not removed, in order of creation. Whoever iterates may change the graph meanwhile.
public struct LiveIDs<ID: SlotID>: Sequence, IteratorProtocol {
  @usableFromInline let isLive: [Bool]
  @usableFromInline var slot = 0

  @inlinable init(_ isLive: [Bool]) { self.isLive = isLive }

  @inlinable public mutating func next() -> ID? {
    while slot < isLive.count {
      slot += 1
      if isLive[slot - 1] { return ID(slot: slot - 1) }
    }
    return nil
  }
}

/// Names a node of one graph; never reused while the graph lives.
public struct NodeID: Hashable, Sendable, Comparable, SlotID {
  @usableFromInline package let index: Int
  @inlinable package init(_ index: Int) { self.index = index }
  @inlinable public init(slot: Int) { index = slot }
  public static func < (a: NodeID, b: NodeID) -> Bool { a.index < b.index }
}

/// Names a value of one graph; never reused while the graph lives.
public struct ValueID: Hashable, Sendable, Comparable, SlotID {
  @usableFromInline package let index: Int
  @inlinable package init(_ index: Int) { self.index = index }
  @inlinable public init(slot: Int) { index = slot }
  public static func < (a: ValueID, b: ValueID) -> Bool { a.index < b.index }
}

/// One step of the computation.
public struct Node: Sendable {
  public internal(set) var op: any Operator
  /// Identifies the type of `op` without a cast.
  public internal(set) var key: ObjectIdentifier
  /// Whether `op` has graphs, known without asking it: most passes ask that of every node.
  @usableFromInline var ownsGraphs: Bool
  /// By the operator's declared operands, followed by what its graphs capture. `nil` is an absent optional operand.
  public internal(set) var operands: [ValueID?]
  /// A result that the model does not name has an empty name and no uses.
  public internal(set) var results: [ValueID]
  public internal(set) var name: String
  public internal(set) var origin: Provenance
  /// Where the node stands among others that do not depend on each other.
  public internal(set) var position: Int
  /// Bit `i` is set when the source spelt out the operator's `i`th declared attribute, even with its default.
  package var writtenAttributes: UInt64 = 0
  /// What the source's older form of the operator said and the newest has no place for. Written back when the node takes that
  /// form again. Names that begin with `@` are no attributes, but marks of how the node was read.
  package var former: [NamedAttribute] = []
  package var carried: Carried?

  /// Stands in the slot of a node that was removed.
  static let removed = Node(op: ForeignOperator(), operands: [], results: [], name: "", origin: .imported, position: 0)

  init(op: any Operator, operands: [ValueID?], results: [ValueID], name: String, origin: Provenance, position: Int) {
    self.op = op
    key = ObjectIdentifier(type(of: op))
    ownsGraphs = !op.graphs.isEmpty
    self.operands = operands
    self.results = results
    self.name = name
    self.origin = origin
    self.position = position
  }

  /// The operator, when it is an `Op`.
  @inlinable public func operatorIf<Op: Operator>(_ type: Op.Type) -> Op? {
    key == ObjectIdentifier(type) ? op.known(as: type) : nil
  }

  /// The operator's graphs.
  @inlinable public var graphs: [Graph] { ownsGraphs ? op.graphs : [] }

  /// How many trailing operands are captures of the operator's graphs.
  @inlinable package var captureCount: Int { ownsGraphs ? op.graphs.first?.captures.count ?? 0 : 0 }

  package var place: Place { Place(node: name.isEmpty ? nil : name, operatorName: op.name) }
}

/// What a format attaches to a node, value, graph or model beyond its meaning. Kept verbatim.
public final class Carried: Sendable {
  public let documentation: [UInt8]?
  public let metadata: [(key: [UInt8], value: [UInt8])]
  /// Further fields by the format's own name, serialised as in that format.
  public let fields: [String: [[UInt8]]]

  public init(documentation: [UInt8]? = nil, metadata: [(key: [UInt8], value: [UInt8])] = [], fields: [String: [[UInt8]]] = [:]) {
    self.documentation = documentation
    self.metadata = metadata
    self.fields = fields
  }

  package var isEmpty: Bool { documentation == nil && metadata.isEmpty && fields.isEmpty }
}

/// One edge of the graph.
public struct Value: Sendable {
  public internal(set) var name: String
  public package(set) var type: ValueType?
  public internal(set) var origin: Origin
  public internal(set) var uses: [Use]
  /// How often the graph's list of outputs names it.
  public internal(set) var outputUses = 0
  /// The type as the source states it, where it does, so that it is written back.
  @usableFromInline package var declaredType: ValueType?
  /// Elements of an integer vector that describes a shape, once inferred.
  @usableFromInline package var elements: [Dim]?
  package var carried: Carried?

  public enum Origin: Sendable {
    case input
    case constant(Tensor)
    case result(NodeID, Int)
    /// Comes from the graph around; the index counts the captures of all graphs of the owning node.
    case capture(Int)
  }

  public struct Use: Hashable, Sendable {
    public let node: NodeID
    public let operand: Int

    package init(node: NodeID, operand: Int) {
      self.node = node
      self.operand = operand
    }
  }

  /// Stands in the slot of a value that was removed.
  static let removed = Value(name: "", type: nil, origin: .input, uses: [])

  @inlinable public var isOutput: Bool { outputUses > 0 }

  @inlinable package var isCapture: Bool {
    if case .capture = origin { true } else { false }
  }

  /// True when the source states the type. Setting it declares the present type.
  @inlinable package var isTypeDeclared: Bool {
    get { declaredType != nil }
    set { declaredType = newValue ? type : nil }
  }

  @inlinable public var isConstant: Bool {
    if case .constant = origin { true } else { false }
  }

  @inlinable public var constant: Tensor? {
    if case .constant(let tensor) = origin { tensor } else { nil }
  }
}

extension Operator {
  /// The operator as what its type is known to be: a cast would ask the runtime, which takes longer than most rules.
  @inlinable @inline(__always) func known<Op>(as type: Op.Type) -> Op? { Self.self == type ? unsafeBitCast(self, to: type) : nil }
}
