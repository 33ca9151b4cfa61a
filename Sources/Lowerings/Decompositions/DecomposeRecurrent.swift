import GraphIR
import Operators
import Tensors

/// Recurrent layers whose first axis is the batch, between transpositions.
let recurrentDecompositions: [Decomposition] = [
  stepsFirst(LSTM.self, \.batchFirst, states: [5, 6]), stepsFirst(GRU.self, \.batchFirst, states: [5]), stepsFirst(RNN.self, \.batchFirst, states: [5]),
]

private func stepsFirst<Op: Operator>(_ type: Op.Type, _ flag: any WritableKeyPath<Op, Bool> & Sendable, states: [Int]) -> Decomposition {
  Decomposition(type) { (op, context) throws(NotRepresentable) in
    guard op[keyPath: flag] else { throw NotRepresentable("") }
    var layer = op
    layer[keyPath: flag] = false
    var operands = context.graph[context.node].operands
    for index in [0] + states where index < operands.count {
      if let value = operands[index] { operands[index] = try context.transpose(value, [1, 0, 2]) }
    }
    let results = try context.emit(layer, operands, results: context.graph[context.node].results.count)
    var turned: [ValueID?] = []
    for (index, result) in results.enumerated() {
      turned.append(context.isUsed(index) ? try context.transpose(result, index == 0 ? [2, 0, 1, 3] : [1, 0, 2]) : nil)
    }
    return turned
  }
}
