import Diagnostics
import GraphIR
import Operators
import Rewriting

/// Makes the batch 1: ncnn has none, a network runs one sample at a time.
///
/// The batch is the open size of axis 0 of an input with two axes or more, and of the axis over which recurrent layers do not run. What they run
/// over, and scans and loops, is none.
package struct BindBatch: GraphPass {
  package init() {}

  package func run(on session: RewriteSession) throws(ModelError) -> Int {
    guard !session.isNested else { return 0 }
    return session.graph.bindBatch()
  }
}

extension Graph {
  /// Returns how many sizes became 1.
  @discardableResult
  package mutating func bindBatch() -> Int {
    var symbols: [String: Dim] = [:]
    var count = 0
    let lengths = sequenceLengths
    for value in inputs {
      guard let type = self[value].type?.tensorType, var shape = type.shape, shape.count >= 2, shape[0].number == nil else { continue }
      if let name = shape[0].symbolName, lengths.contains(name) { continue }
      count += 1
      if let name = shape[0].symbolName, shape[0] != .unknown { symbols[name] = 1 }
      shape[0] = 1
      setType(value, to: .tensor(type.element, shape))
      if self[value].declaredType != nil { setDeclaredType(value, to: .tensor(type.element, shape)) }
    }
    for name in recurrentBatches where symbols[name] == nil {
      count += 1
      symbols[name] = 1
    }
    substitute(symbols)
    return count
  }

  /// Symbols of the batches of recurrent layers.
  private var recurrentBatches: [String] {
    nodeIDs.compactMap { id in recurrentAxes(id).flatMap { symbol(ofOperand: 0, of: id, axis: $0.batch) } }
  }

  /// Symbols of axes whose elements come one after the other.
  private var sequenceLengths: Set<String> {
    var names: Set<String> = []
    for id in nodeIDs {
      if let axes = recurrentAxes(id), let name = symbol(ofOperand: 0, of: id, axis: axes.steps) { names.insert(name) }
      if self[id].op is Loop, let count = self[id].operands.first.flatMap(\.self), let name = fact(count).elements?.first?.symbolName { names.insert(name) }
      guard let scan = self[id].op as? Scan else { continue }
      let own = self[id].operands.count - scan.body.captures.count
      for index in 0..<max(0, min(scan.numScanInputs, own)) {
        let given = scan.scanInputAxes.flatMap { $0.indices.contains(index) ? $0[index] : nil } ?? 0
        if let name = symbol(ofOperand: own - scan.numScanInputs + index, of: id, axis: given) { names.insert(name) }
      }
    }
    return names
  }

  private func recurrentAxes(_ id: NodeID) -> (batch: Int, steps: Int)? {
    switch self[id].op {
    case let op as LSTM: op.batchFirst ? (0, 1) : (1, 0)
    case let op as GRU: op.batchFirst ? (0, 1) : (1, 0)
    case let op as RNN: op.batchFirst ? (0, 1) : (1, 0)
    default: nil
    }
  }

  /// The name of an operand's size that is not known.
  private func symbol(ofOperand index: Int, of id: NodeID, axis: Int) -> String? {
    let operands = self[id].operands
    guard operands.indices.contains(index), let value = operands[index], let shape = fact(value).shape else { return nil }
    let along = axis < 0 ? axis + shape.count : axis
    guard shape.indices.contains(along), shape[along] != .unknown else { return nil }
    return shape[along].symbolName
  }
}
