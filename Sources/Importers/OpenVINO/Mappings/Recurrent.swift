import Diagnostics
import GraphIR
import Operators
import Tensors

extension LayerReading {
  /// `LSTMSequence`, `GRUSequence`, `RNNSequence`: batches first, and for LSTM the gates in another order.
  func readRecurrent() throws(ModelError) -> [ValueID]? {
    switch type {
    case "LSTMSequence":
      var layer = LSTM()
      (layer.batchFirst, layer.direction, layer.hiddenSize) = (true, try direction(), try integer("hidden_size", 0))
      (layer.activations, layer.clip) = (activations(), try clip())
      let weights = try [4, 5, 6].map { (index: Int) throws(ModelError) in try reordered(index, [1, 3, 0, 2]) }
      let operands = [try input(0), weights[0], weights[1], doubled(weights[2], try input(6)), try lengths(3), try input(1), try input(2)]
      return try finish(layer, operands, states: 2)
    case "GRUSequence":
      var layer = GRU()
      (layer.batchFirst, layer.direction, layer.hiddenSize) = (true, try direction(), try integer("hidden_size", 0))
      (layer.activations, layer.clip, layer.linearBeforeReset) = (activations(), try clip(), bool("linear_before_reset"))
      let bias = try layer.linearBeforeReset ? apartBias(layer.hiddenSize ?? 0) : doubled(input(5), input(5))
      return try finish(layer, [try input(0), try input(3), try input(4), bias, try lengths(2), try input(1)], states: 1)
    case "RNNSequence":
      var layer = RNN()
      (layer.batchFirst, layer.direction, layer.hiddenSize) = (true, try direction(), try integer("hidden_size", 0))
      (layer.activations, layer.clip) = (activations(), try clip())
      let operands = [try input(0), try input(3), try input(4), doubled(try input(5), try input(5)), try lengths(2), try input(1)]
      return try finish(layer, operands, states: 1)
    default: return nil
    }
  }

  private func direction() throws(ModelError) -> RecurrentDirection {
    guard let direction = RecurrentDirection(rawValue: text("direction") ?? "") else { throw layer.fault("direction \(text("direction") ?? "")") }
    return direction
  }

  private func clip() throws(ModelError) -> Float? {
    let clip = try float("clip", 0)
    return clip > 0 ? clip : nil
  }

  /// The same functions for each direction.
  private func activations() -> [[UInt8]]? {
    let spelling = ["sigmoid": "Sigmoid", "tanh": "Tanh", "relu": "Relu"]
    let names = (text("activations") ?? "").split(separator: ",").compactMap { spelling[$0.filter { $0 != " " }] }.map { Array($0.utf8) }
    guard !names.isEmpty else { return nil }
    return text("direction") == "bidirectional" ? names + names : names
  }

  private func lengths(_ index: Int) throws(ModelError) -> ValueID {
    var cast = Cast()
    cast.to = .int32
    return network.one(cast, [try input(index)])
  }

  private func reordered(_ index: Int, _ order: [Int]) throws(ModelError) -> ValueID {
    var split = Split()
    (split.axis, split.numOutputs) = (1, order.count)
    let parts = try network.add(split, [input(index)], count: order.count)
    var concat = Concat()
    concat.axis = 1
    return network.one(concat, order.map { parts[$0] })
  }

  /// A bias for the inputs and one of zeros for the states.
  private func doubled(_ bias: ValueID, _ like: ValueID) -> ValueID {
    var concat = Concat()
    concat.axis = 1
    return network.one(concat, [bias, network.one(Sub(), [like, like])])
  }

  /// The hidden gate's two biases, which lie behind one another.
  private func apartBias(_ hidden: Int) throws(ModelError) -> ValueID {
    var (split, concat) = (Split(), Concat())
    (split.axis, concat.axis) = (1, 1)
    let parts = try network.add(split, [input(5), network.integers([2 * hidden, hidden, hidden])], count: 3)
    return network.one(concat, [parts[0], parts[1], network.one(Sub(), [parts[0], parts[0]]), parts[2]])
  }

  private func finish(_ op: any Operator, _ operands: [ValueID?], states: Int) throws(ModelError) -> [ValueID] {
    let results = try network.add(op, operands, count: 1 + states, named: layer.attributes["name"] ?? "")
    var transpose = Transpose()
    transpose.perm = [0, 2, 1, 3]
    return [network.one(transpose, [results[0]])] + results.dropFirst()
  }
}
