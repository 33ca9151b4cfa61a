import Diagnostics

/// For sources that name values before the node that computes them.
extension Graph {
  package mutating func reserveCapacity(nodes: Int, values: Int) {
    nodeSlots.reserveCapacity(nodes)
    isLiveNode.reserveCapacity(nodes)
    valueSlots.reserveCapacity(values)
    isLiveValue.reserveCapacity(values)
  }

  /// The `index`th result of a node that `addNode(_:_:producing:)` adds later.
  package mutating func addResult(_ name: String, of node: NodeID, _ index: Int) -> ValueID {
    addValue(Value(name: name, type: nil, origin: .result(node, index), uses: []))
  }

  /// What the source says of a value's type. A constant's own type stays.
  package mutating func setStatedType(_ value: ValueID, to type: ValueType?) {
    valueSlots[value.index].declaredType = type
    if self[value].isConstant { return }
    valueSlots[value.index].type = type
  }

  /// Adds the next node, whose results were made by `addResult`.
  package mutating func addNode(
    _ op: any Operator, _ operands: [ValueID?], producing results: [ValueID], name: String, carried: Carried?
  ) {
    let id = NodeID(nodeSlots.count)
    var node = Node(op: op, operands: operands, results: results, name: name, origin: .imported, position: id.index)
    node.carried = carried
    append(node)
    for (index, operand) in operands.enumerated() {
      if let operand { addUse(of: operand, Value.Use(node: id, operand: index)) }
    }
  }
}
