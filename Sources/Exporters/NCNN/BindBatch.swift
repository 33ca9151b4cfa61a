import Diagnostics
import GraphIR
import Operators
import Rewriting

/// Makes the batch 1: ncnn has none, a network runs one sample at a time.
///
/// The batch is the open size of axis 0 of an input with two axes or more, and of the axis over which recurrent layers do not run.
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
    for value in inputs {
      guard let type = self[value].type?.tensorType, var shape = type.shape, shape.count >= 2, shape[0].number == nil else { continue }
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
    nodeIDs.compactMap { id in
      let axis: Int
      switch self[id].op {
      case let op as LSTM: axis = op.batchFirst ? 0 : 1
      case let op as GRU: axis = op.batchFirst ? 0 : 1
      case let op as RNN: axis = op.batchFirst ? 0 : 1
      default: return nil
      }
      guard let x = self[id].operands.first.flatMap(\.self), let shape = fact(x).shape, shape.count == 3, shape[axis] != .unknown else { return nil }
      return shape[axis].symbolName
    }
  }
}
