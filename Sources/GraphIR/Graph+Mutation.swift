import Diagnostics
import Tensors

extension Graph {
  @discardableResult
  package mutating func addInput(_ name: String, _ type: ValueType?) -> ValueID {
    let id = addValue(Value(name: name, type: type, origin: .input, uses: []))
    inputs.append(id)
    return id
  }

  @discardableResult
  package mutating func addConstant(_ name: String, _ tensor: Tensor) -> ValueID {
    addValue(Value(name: name, type: .tensor(tensor.element, tensor.shape.map(Dim.number)), origin: .constant(tensor), uses: []))
  }

  /// A value of the graph around, seen from inside.
  @discardableResult
  package mutating func addCapture(_ name: String, _ type: ValueType?) -> ValueID {
    let id = addValue(Value(name: name, type: type, origin: .capture(captures.count), uses: []))
    captures.append(id)
    return id
  }

  /// Adds a node whose results get the given names and types.
  @discardableResult
  package mutating func addNode(
    _ op: any Operator, _ operands: [ValueID?], results: [(name: String, type: ValueType?)], name: String = "",
    origin: Provenance = .imported, position: Int? = nil
  ) -> NodeID {
    let id = NodeID(nodeSlots.count)
    let values = results.enumerated().map { index, result in
      addValue(Value(name: result.name, type: result.type, origin: .result(id, index), uses: []))
    }
    append(Node(op: op, operands: operands, results: values, name: name, origin: origin, position: position ?? id.index))
    for (index, operand) in operands.enumerated() {
      if let operand { addUse(of: operand, Value.Use(node: id, operand: index)) }
    }
    return id
  }

  /// Reserves a value whose node is added later, for sources that name values before they are computed.
  package mutating func addValue(_ value: Value) -> ValueID {
    valueSlots.append(value)
    isLiveValue.append(true)
    return ValueID(valueSlots.count - 1)
  }

  mutating func append(_ node: Node) {
    nodeSlots.append(node)
    isLiveNode.append(true)
    liveNodeCount += 1
  }

  /// Frees what the slot holds. Uses and operands are the caller's business.
  mutating func clear(_ node: NodeID) {
    nodeSlots[node.index] = .removed
    isLiveNode[node.index] = false
    liveNodeCount -= 1
  }

  mutating func clear(_ value: ValueID) {
    valueSlots[value.index] = .removed
    isLiveValue[value.index] = false
  }

  package mutating func setOperand(_ node: NodeID, _ index: Int, to value: ValueID?) {
    let use = Value.Use(node: node, operand: index)
    if let old = self[node].operands[index] { removeUse(of: old, use) }
    nodeSlots[node.index].operands[index] = value
    if let value { addUse(of: value, use) }
  }

  /// Replaces all operands, whose number may change.
  package mutating func setOperands(_ node: NodeID, to operands: [ValueID?]) {
    for index in self[node].operands.indices { setOperand(node, index, to: nil) }
    nodeSlots[node.index].operands = operands
    for (index, operand) in operands.enumerated() {
      if let operand { addUse(of: operand, Value.Use(node: node, operand: index)) }
    }
  }

  /// Replaces the operands from `start` on, leaving the uses of those before untouched.
  package mutating func setOperands(_ node: NodeID, from start: Int, to operands: [ValueID?]) {
    for index in start..<max(start, self[node].operands.count) { setOperand(node, index, to: nil) }
    nodeSlots[node.index].operands.replaceSubrange(start..., with: operands)
    for (index, operand) in operands.enumerated() {
      if let operand { addUse(of: operand, Value.Use(node: node, operand: start + index)) }
    }
  }

  /// An operator of another type takes nothing over of what the source wrote for the old one.
  package mutating func setOperator(_ node: NodeID, to op: any Operator) {
    let key = ObjectIdentifier(type(of: op))
    if nodeSlots[node.index].key != key {
      nodeSlots[node.index].writtenAttributes = 0
      nodeSlots[node.index].former = []
    }
    nodeSlots[node.index].op = op
    nodeSlots[node.index].key = key
    nodeSlots[node.index].ownsGraphs = !op.graphs.isEmpty
  }

  /// Mutates the operator's graphs in place.
  package mutating func updateGraphs<R>(of node: NodeID, _ body: (inout [Graph]) throws(ModelError) -> R) throws(ModelError) -> R {
    var op = self[node].op
    var graphs = op.graphs
    let result = try body(&graphs)
    op.graphs = graphs
    nodeSlots[node.index].op = op
    return result
  }

  package mutating func updateNode(_ id: NodeID, _ body: (inout Node) -> Void) {
    if contains(id) { body(&nodeSlots[id.index]) }
  }

  package mutating func rename(node: NodeID, to name: String) { nodeSlots[node.index].name = name }
  package mutating func setOrigin(_ node: NodeID, to origin: Provenance) { nodeSlots[node.index].origin = origin }
  package mutating func rename(_ value: ValueID, to name: String) { valueSlots[value.index].name = name }
  package mutating func setType(_ value: ValueID, to type: ValueType?) { valueSlots[value.index].type = type }
  package mutating func setElements(_ value: ValueID, to elements: [Dim]?) { valueSlots[value.index].elements = elements }
  package mutating func setDeclared(_ value: ValueID, _ declared: Bool) { valueSlots[value.index].isTypeDeclared = declared }
  package mutating func setDeclaredType(_ value: ValueID, to type: ValueType?) { valueSlots[value.index].declaredType = type }
  package mutating func setCarried(_ value: ValueID, to carried: Carried?) { valueSlots[value.index].carried = carried }

  package mutating func setOutputs(_ values: [ValueID]) {
    for old in outputs { valueSlots[old.index].outputUses -= 1 }
    outputs = values
    for new in values { valueSlots[new.index].outputUses += 1 }
  }

  package mutating func setInputs(_ values: [ValueID]) { inputs = values }

  /// Makes every user of `old` (graph outputs included) use `new`.
  package mutating func replaceAllUses(of old: ValueID, with new: ValueID) {
    guard old != new else { return }
    let uses = takeUses(of: old)
    for use in uses {
      nodeSlots[use.node.index].operands[use.operand] = new
      addUse(of: new, use)
    }
    guard self[old].isOutput else { return }
    setOutputs(outputs.map { $0 == old ? new : $0 })
  }

  /// Turns a result or capture into a constant; the node, if any, keeps computing a value nobody names.
  package mutating func makeConstant(_ value: ValueID, _ tensor: Tensor) {
    switch self[value].origin {
    case .capture(let index): forgetCapture(at: index)
    case .result(let node, let index):
      let unnamed = addValue(Value(name: "", type: self[value].type, origin: .result(node, index), uses: []))
      nodeSlots[node.index].results[index] = unnamed
    case .input, .constant: break
    }
    valueSlots[value.index].origin = .constant(tensor)
    valueSlots[value.index].type = .tensor(tensor.element, tensor.shape.map(Dim.number))
    valueSlots[value.index].elements = nil
  }

  /// Removes a node and its results, which must be unused.
  package mutating func remove(_ node: NodeID) {
    guard contains(node) else { return }
    let (operands, results) = (self[node].operands, self[node].results)
    for (index, operand) in operands.enumerated() {
      if let operand { removeUse(of: operand, Value.Use(node: node, operand: index)) }
    }
    for result in results where contains(result) {
      precondition(self[result].uses.isEmpty && !self[result].isOutput, "a removed node's result is in use")
      clear(result)
    }
    clear(node)
  }

  /// Removes a constant that nothing uses.
  package mutating func removeConstant(_ value: ValueID) {
    guard isUnusedConstant(value) else { return }
    clear(value)
    if !listedConstants.isEmpty { listedConstants.removeAll { $0 == value } }
  }

  func isUnusedConstant(_ value: ValueID) -> Bool {
    contains(value) && self[value].isConstant && self[value].uses.isEmpty && !self[value].isOutput
  }

  /// Removes a capture, which must be unused; the owning node's operand must be dropped with it.
  package mutating func removeCapture(at index: Int) {
    let value = forgetCapture(at: index)
    guard contains(value) else { return }
    precondition(self[value].uses.isEmpty && !self[value].isOutput, "a removed capture is in use")
    clear(value)
  }

  @discardableResult
  private mutating func forgetCapture(at index: Int) -> ValueID {
    let value = captures.remove(at: index)
    for later in index..<captures.count { valueSlots[captures[later].index].origin = .capture(later) }
    return value
  }

}

extension Graph {
  /// Drops captures that none of a node's graphs uses, together with the operands that supply them.
  package mutating func dropUnusedCaptures(of id: NodeID) {
    let node = self[id]
    let graphs = node.graphs
    let own = node.operands.count - node.captureCount
    let unused = (0..<node.captureCount).filter { index in
      graphs.allSatisfy { $0[$0.captures[index]].uses.isEmpty && !$0[$0.captures[index]].isOutput }
    }
    guard !unused.isEmpty else { return }
    var op = node.op
    var inner = op.graphs
    for graph in inner.indices {
      for index in unused.reversed() {
        inner[graph].removeCapture(at: index)
      }
    }
    op.graphs = inner
    nodeSlots[id.index].op = op
    let dropped = Set(unused.map { own + $0 })
    setOperands(id, to: node.operands.indices.filter { !dropped.contains($0) }.map { node.operands[$0] })
  }
}
