import Diagnostics
import GraphIR
import Operators
import Tensors

extension Graph {
  /// Where an input or output is a sequence, lays the tensors of every sequence along a new first axis of one tensor.
  ///
  ///     SequenceInsert(%many: seq<f32[n]>, %one)  →  Concat(%many: f32[many_count,n], Unsqueeze(%one)) {axis: 0}
  ///
  /// Nothing happens unless that goes for all sequences: items are of one known shape, positions where something is put are constants.
  mutating func stackSequences() {
    let ports = inputs + outputs
    guard ports.contains(where: { if case .sequence? = self[$0].type { true } else { false } }) else { return }
    var stacking = SequenceStacking(self)
    if let stacked = stacking.run() { self = stacked }
  }
}

/// A graph on the way to having no sequences.
private struct SequenceStacking {
  private var graph: Graph
  private var hasFailed = false

  init(_ graph: Graph) { self.graph = graph }

  /// `nil` where a sequence remains.
  mutating func run() -> Graph? {
    guard let order = try? graph.topologicalOrder() else { return nil }
    for id in graph.valueIDs {
      guard case .sequence(let item)? = graph[id].type else { continue }
      guard case .tensor(let type)? = item, let shape = type.shape, !shape.contains(where: \.isAnonymous) else { return nil }
    }
    var shapes: [ValueID: TensorType] = [:]
    for id in graph.valueIDs { if case .sequence(.tensor(let type)?)? = graph[id].type { shapes[id] = type } }
    for value in graph.inputs {
      guard let item = shapes[value], let shape = item.shape else { continue }
      setType(value, TensorType(item.element, [.symbol("\(graph[value].name)_count")] + shape))
    }
    for id in order where graph.contains(id) {
      let node = graph[id]
      guard (node.operands.compactMap { $0 } + node.results).contains(where: { shapes[$0] != nil }) else { continue }
      guard let result = replacement(of: id, node, shapes) else { return nil }
      if let item = shapes[node.results[0]] { shapes[result] = item }
      replace(node.results[0], by: result)
      graph.remove(id)
    }
    return hasFailed ? nil : graph
  }

  private mutating func replace(_ old: ValueID, by result: ValueID) {
    if graph[old].isOutput, graph.producer(of: result) == nil || graph[result].isOutput { return graph.supersede(old, by: result) }
    let name = graph[old].name
    graph.rename(old, to: "")
    graph.replaceAllUses(of: old, with: result)
    if graph.producer(of: result) != nil { graph.rename(result, to: name) }
  }

  private mutating func setType(_ value: ValueID, _ type: TensorType) {
    graph.setType(value, to: .tensor(type))
    graph.setDeclaredType(value, to: nil)
  }

  /// What stands for the first result of a node that takes or gives a sequence.
  private mutating func replacement(of id: NodeID, _ node: Node, _ shapes: [ValueID: TensorType]) -> ValueID? {
    guard node.results.count == 1, let first = node.operands.first.flatMap({ $0 }) else { return nil }
    let position = node.operands.last.flatMap { $0 }.flatMap { graph.fact($0).integers?.first }
    switch node.op {
    case is Identity: return first
    case is SequenceConstruct: return construct(node.operands.compactMap { $0 })
    case is SequenceLength: return make(Gather(axis: 0), [make(ShapeOf(), [first]), scalar(0)])
    case is SequenceAt: return at(first, node.operands.dropFirst().first ?? nil)
    case is SequenceInsert:
      guard node.operands.count > 1, let item = node.operands[1] else { return nil }
      let raised = make(Unsqueeze(), [item, vector([0])])
      guard node.operands.count > 2, node.operands[2] != nil else { return make(Concat(axis: 0), [first, raised]) }
      guard let position else { return nil }
      return joined([position == 0 ? nil : slice(first, 0, position), raised, slice(first, position, Int.max)])
    case is SequenceErase:
      guard node.operands.count > 1, node.operands[1] != nil else { return slice(first, 0, -1) }
      guard let position else { return nil }
      if position == -1 { return slice(first, 0, -1) }
      return joined([position == 0 ? nil : slice(first, 0, position), slice(first, position + 1, Int.max)])
    case let op as ConcatFromSequence: return concatenation(first, op, shapes[first])
    case let op as SplitToSequence: return split(first, op, sizes: node.operands.dropFirst().first ?? nil)
    default: return nil
    }
  }

  private mutating func construct(_ items: [ValueID]) -> ValueID? {
    let axes = vector([0])
    return joined(items.map { make(Unsqueeze(), [$0, axes]) })
  }

  private mutating func at(_ stack: ValueID, _ position: ValueID?) -> ValueID? {
    guard let position else { return nil }
    if let number = graph.fact(position).integers?.first { return make(Gather(axis: 0), [stack, scalar(number)]) }
    guard graph.fact(position).shape?.isEmpty == true else { return nil }
    return make(Gather(axis: 0), [stack, position])
  }

  private mutating func concatenation(_ stack: ValueID, _ op: ConcatFromSequence, _ item: TensorType?) -> ValueID? {
    guard let shape = item?.shape else { return nil }
    let rank = shape.count + (op.newAxis ? 1 : 0)
    let axis = op.axis < 0 ? op.axis + rank : op.axis
    guard axis >= 0, axis < max(rank, 1), rank > 0 else { return nil }
    let moved = moveFirstAxis(stack, to: axis, rank: shape.count + 1)
    if op.newAxis { return moved }
    let after = shape.dropFirst(axis + 1).map(\.number)
    guard after.allSatisfy({ $0 != nil }) else { return nil }
    return make(Reshape(), [moved, vector([Int](repeating: 0, count: axis) + [-1] + after.compactMap { $0 })])
  }

  /// Slices of size 1, whose axis becomes the stack's; of other sizes, items differ or their number is open.
  private mutating func split(_ x: ValueID, _ op: SplitToSequence, sizes: ValueID?) -> ValueID? {
    guard sizes == nil, let rank = graph.fact(x).shape?.count else { return nil }
    let axis = op.axis < 0 ? op.axis + rank : op.axis
    guard axis >= 0, axis < rank else { return nil }
    let order = [axis] + (0..<rank).filter { $0 != axis }
    let moved = axis == 0 ? x : make(Transpose(perm: order), [x])
    return op.keepdims ? make(Unsqueeze(), [moved, vector([axis + 1])]) : make(Identity(), [moved])
  }

  private mutating func moveFirstAxis(_ stack: ValueID, to axis: Int, rank: Int) -> ValueID {
    var order = Array(1..<max(rank, 1))
    order.insert(0, at: min(axis, order.count))
    return make(axis == 0 ? Identity() : Transpose(perm: order), [stack])
  }

  // MARK: Nodes

  private mutating func make(_ op: any Operator, _ operands: [ValueID]) -> ValueID {
    let facts = operands.map { Optional(graph.fact($0)) }
    let type = (try? op.inferFacts(facts, resultCount: 1))?.first?.type
    let node = graph.addNode(op, operands, results: [("", type)])
    return graph[node].results[0]
  }

  private mutating func joined(_ parts: [ValueID?]) -> ValueID? {
    let parts = parts.compactMap { $0 }
    return parts.isEmpty ? nil : parts.count == 1 ? parts[0] : make(Concat(axis: 0), parts)
  }

  private mutating func slice(_ x: ValueID, _ start: Int, _ end: Int) -> ValueID {
    make(Slice(), [x, vector([start]), vector([end]), vector([0])])
  }

  private mutating func vector(_ numbers: [Int]) -> ValueID { constant(try? Tensor.integers(numbers)) }
  private mutating func scalar(_ number: Int) -> ValueID { constant(try? Tensor.scalar(number)) }

  private mutating func constant(_ tensor: Tensor?) -> ValueID {
    if tensor == nil { hasFailed = true }
    return tensor.map { graph.addConstant("", $0) } ?? graph.addCapture("", nil)
  }
}
