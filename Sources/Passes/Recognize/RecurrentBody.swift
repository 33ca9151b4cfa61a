import GraphIR
import Operators
import Rewriting
import Tensors

/// The body of a loop that does nothing but one step of a recurrent layer, as `RecognizeLSTMCell` and `RecognizeGRUCell` leave it.
struct RecurrentBody {
  enum State: Equatable { case hidden, cell }

  let op: any Operator
  /// W, R and the bias.
  let weights: [Tensor?]
  /// What the step reads, `[batch, width]`.
  let x: ValueID
  /// The states that it begins with, `[batch, hidden]`: `hidden` and, for an LSTM, `cell`.
  let states: [ValueID]
  private let body: Graph
  private let node: NodeID

  init(_ body: Graph) throws(NoMatch) {
    let layers = body.nodeIDs.filter { body[$0].op is LSTM || body[$0].op is GRU }
    guard let node = layers.first, layers.count == 1 else { throw NoMatch("the body is not one step of a recurrent layer") }
    let operands = body[node].operands
    let count = body[node].op is LSTM ? 7 : 6
    try require(operands.count == count && operands[4] == nil, "the layer has other operands")
    var weights: [Tensor?] = []
    for operand in operands[1...3] {
      let tensor = operand.flatMap { body.constant($0) }
      try require((operand == nil) == (tensor == nil), "the weights are computed")
      weights.append(tensor)
    }
    var given: [ValueID] = []
    for index in [0, 5, 6] where index < count {
      guard let operand = operands[index], let source = body.operand(of: operand, through: Unsqueeze.self) else {
        throw NoMatch("the layer does more than one step")
      }
      given.append(source)
    }
    (self.body, self.node, self.op, self.weights, x, states) = (body, node, body[node].op, weights, given[0], Array(given.dropFirst()))
  }

  /// Which state after the step a value of the body is.
  func state(_ value: ValueID) -> State? {
    var value = value
    if let producer = body.producer(of: value), body[producer].op is Identity, let source = body[producer].operands.first ?? nil { value = source }
    guard let source = body.operand(of: value, through: Squeeze.self), let index = body[node].results.firstIndex(of: source) else { return nil }
    return index == 1 ? .hidden : index == 2 ? .cell : nil
  }

  /// The layer over all steps of `x`, `[steps, batch, width]`: the state after each, `[steps, batch, hidden]`, and the last states.
  func layer(_ x: ValueID, _ initial: [ValueID], reversed: Bool, _ edit: inout Edit) throws(NoMatch) -> (all: ValueID, last: [ValueID]) {
    var layer = op
    if var lstm = op as? LSTM {
      lstm.direction = reversed ? .reverse : .forward
      layer = lstm
    } else if var gru = op as? GRU {
      gru.direction = reversed ? .reverse : .forward
      layer = gru
    }
    let (first, second) = (edit.constant([0]), edit.constant([1]))
    var operands: [ValueID?] = [x]
    for weight in weights { operands.append(weight.map { edit.constant($0) }) }
    operands.append(nil)
    for state in initial { operands.append(edit.emit(Unsqueeze(), state, first)) }
    let results = edit.emit(layer, operands: operands, resultCount: 1 + initial.count)
    let all = edit.emit(Squeeze(), results[0], second)
    return (all, results.dropFirst().map { edit.emit(Squeeze(), $0, first) })
  }
}

extension Graph {
  /// What an operator changes the shape of, along the first axis alone, to give a value.
  fileprivate func operand<Op: Operator>(of value: ValueID, through type: Op.Type) -> ValueID? {
    guard let producer = producer(of: value), self[producer].op is Op, self[producer].operands.count == 2, let axes = self[producer].operands[1],
      let numbers = try? constant(axes)?.integers(), numbers == [0]
    else { return nil }
    return self[producer].operands[0]
  }
}
