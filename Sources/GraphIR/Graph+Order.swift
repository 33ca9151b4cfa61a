import Diagnostics

extension Graph {
  /// The nodes so that each comes after those it depends on, otherwise by position. Throws `cycle`, naming a node on it.
  public func topologicalOrder() throws(ModelError) -> [NodeID] {
    let byPosition = nodesByPosition()
    var order: [NodeID] = []
    order.reserveCapacity(byPosition.count)
    var state = [UInt8](repeating: 0, count: nodeSlots.count)  // 0 new, 1 open, 2 done
    var stack: [(node: Int, operand: Int)] = []
    for root in byPosition where state[root] == 0 {
      if isReady(root, state) {
        state[root] = 2
        order.append(NodeID(root))
        continue
      }
      stack.append((root, 0))
      state[root] = 1
      while let (node, operand) = stack.last {
        guard operand < nodeSlots[node].operands.count else {
          state[node] = 2
          order.append(NodeID(node))
          stack.removeLast()
          continue
        }
        stack[stack.count - 1].operand += 1
        guard let value = nodeSlots[node].operands[operand], let producer = producer(of: value) else { continue }
        switch state[producer.index] {
        case 0:
          state[producer.index] = 1
          stack.append((producer.index, 0))
        case 1: throw ModelError(.cycle, "the node depends on its own result", at: place(of: producer))
        default: break
        }
      }
    }
    return order
  }

  /// True when all that the node depends on is done.
  private func isReady(_ node: Int, _ state: [UInt8]) -> Bool {
    for operand in nodeSlots[node].operands {
      if let operand, case .result(let producer, _) = self[operand].origin, state[producer.index] != 2 { return false }
    }
    return true
  }

  /// The nodes as they are listed: in topological order, or by position while the graph has a cycle.
  package func listedNodes() -> [NodeID] { (try? topologicalOrder()) ?? nodesByPosition().map { NodeID($0) } }

  private func nodesByPosition() -> [Int] {
    var indices: [Int] = []
    indices.reserveCapacity(nodeSlots.count)
    var isSorted = true
    var last = Int.min
    for index in nodeSlots.indices where isLiveNode[index] {
      let position = nodeSlots[index].position
      if position < last { isSorted = false }
      last = position
      indices.append(index)
    }
    if isSorted { return indices }
    return indices.sorted { (nodeSlots[$0].position, $0) < (nodeSlots[$1].position, $1) }
  }
}
