import Diagnostics
import GraphIR
import Operators
import Tensors

extension Graph {
  /// Elements that the target has not are carried by others, where all that happens to them is that they are moved.
  ///
  /// Complex numbers become pairs along a new last axis. Throws what converting constants throws.
  mutating func carryElements(for target: any TargetPlatform) throws(ModelError) {
    var elements: Set<ElementType> = []
    for id in valueIDs { if let element = self[id].type?.tensorType?.element, !target.has(element) { elements.insert(element) } }
    for element in elements.sorted(by: { $0.rawValue < $1.rawValue }) {
      guard let carrier = element.carrier, target.has(carrier), isOnlyMoved(element) else { continue }
      try carry(element, by: carrier)
    }
  }

  private func holds(_ element: ElementType, _ value: ValueID?) -> Bool {
    value.flatMap { self[$0].type?.tensorType?.element } == element
  }

  private func isOnlyMoved(_ element: ElementType) -> Bool {
    nodeIDs.allSatisfy { id in
      let node = self[id]
      guard node.op.heldTensor == nil else { return true }
      guard (node.operands + node.results).contains(where: { holds(element, $0) }) else {
        return node.op.graphs.allSatisfy { !$0.mentions(element) }
      }
      return element.isComplex ? canPair(node) : isMovement(node, element)
    }
  }

  private func mentions(_ element: ElementType) -> Bool {
    valueIDs.contains { holds(element, $0) } || nodeIDs.contains { self[$0].op.graphs.contains { $0.mentions(element) } }
  }

  /// Operators for which an element is an element; conversions to others, of numbers that the carrier has all.
  private func isMovement(_ node: Node, _ element: ElementType) -> Bool {
    switch node.op {
    case is Identity, is Reshape, is Flatten, is Transpose, is Squeeze, is Unsqueeze, is Concat, is Gather, is Slice, is Split, is Expand, is Tile:
      true
    case let op as Cast: op.to != element
    default: false
    }
  }

  private func canPair(_ node: Node) -> Bool {
    switch node.op {
    case is Identity: true
    case is Transpose, is Concat: node.operands.allSatisfy { $0.flatMap { self[$0].type?.tensorType?.shape } != nil }
    case is Reshape:
      node.operands.count == 2 && (node.operands[1].flatMap { fact($0).integers } != nil)
        && node.results.allSatisfy { self[$0].type?.tensorType?.shape != nil }
    case is Unsqueeze:
      node.operands.count == 2 && (node.operands[1].flatMap { fact($0).integers }?.allSatisfy { $0 >= 0 } ?? false)
    default: false
    }
  }

  private mutating func carry(_ element: ElementType, by carrier: ElementType) throws(ModelError) {
    let values = valueIDs.filter { holds(element, $0) }
    if element.isComplex { for id in nodeIDs { try pairUp(id, element) } }
    for value in values {
      if let tensor = constant(value) {
        makeConstant(value, try tensor.carried(by: carrier))
      } else if let type = self[value].type?.tensorType {
        setType(value, to: .tensor(carrier, element.isComplex ? type.shape.map { $0 + [2] } : type.shape))
        setElements(value, to: nil)
      }
      setDeclaredType(value, to: nil)
      if let start = defaults[value] { defaults[value] = try start.carried(by: carrier) }
    }
  }

  /// The node for values with a further last axis.
  private mutating func pairUp(_ id: NodeID, _ element: ElementType) throws(ModelError) {
    let node = self[id]
    guard holds(element, node.results.first), let operand = node.operands.first.flatMap({ $0 }) else { return }
    let rank = self[operand].type?.tensorType?.shape?.count ?? 0
    switch node.op {
    case let op as Transpose: setOperator(id, to: Transpose(perm: (op.perm ?? Array((0..<rank).reversed())) + [rank]))
    case let op as Concat: setOperator(id, to: Concat(axis: op.axis < 0 ? op.axis + rank : op.axis))
    case is Reshape:
      let sizes = node.operands[1].flatMap { fact($0).integers } ?? []
      setOperand(id, 1, to: addConstant("", try Tensor.integers(sizes + [2])))
    default: break
    }
  }
}

extension Tensor {
  /// The same numbers as elements of `carrier`; complex ones as pairs.
  fileprivate func carried(by carrier: ElementType) throws(ModelError) -> Tensor {
    guard element.isComplex else { return try converted(to: carrier) }
    var bytes = OwnedBytes(zeroed: byteCount)
    try withUnsafeBytes { (source) throws(ModelError) in
      bytes.withUnsafeMutableBytes { target in target.copyMemory(from: source) }
    }
    return try Tensor(carrier, shape + [2], bytes: bytes)
  }
}
