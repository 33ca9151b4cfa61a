import GraphIR
import Operators
import Rewriting
import Tensors

/// One direction of a recurrent layer: how a step's gates and the state before give the state after.
///
/// Matrices are transposed as products want them: `[from, to]`. Shapes: gates `[batch, gates · hidden]`, states `[batch, hidden]`.
struct RecurrentCell {
  enum Kind {
    case lstm(inputForget: Bool)
    case gru(linearBeforeReset: Bool)
    case plain
  }

  enum Function: String { case sigmoid, tanh, relu }

  var kind: Kind
  var functions: [Function]
  var clip: Float?
  var hidden: Int
  /// `[hidden, gates · hidden]`, row by row.
  var recurrent: [Float]
  /// Of a GRU that resets after its product: what is added to that product.
  var memoryBias: [Float] = []
  /// Of an LSTM, for the gates i, o and f; empty without.
  var peepholes: [Float] = []

  var gateCount: Int {
    switch kind {
    case .lstm: 4
    case .gru: 3
    case .plain: 1
    }
  }

  var stateCount: Int { if case .lstm = kind { 2 } else { 1 } }

  /// The states after a step, the layer's result first. Formulas: those of ONNX's LSTM, GRU and RNN.
  func step<Sink: NodeSink>(_ gates: ValueID, _ states: [ValueID], in sink: inout Sink) throws(NoMatch) -> [ValueID] {
    switch kind {
    case .lstm(let inputForget): try lstm(gates, states[0], states[1], inputForget, &sink)
    case .gru(let isLinear): [try isLinear ? linearGRU(gates, states[0], &sink) : gru(gates, states[0], &sink)]
    case .plain: [try apply(0, sink.add(Add(), gates, product(states[0], 0..<1, &sink)), &sink)]
    }
  }

  /// `state · R` for some neighbouring gates.
  private func product<Sink: NodeSink>(_ state: ValueID, _ gates: Range<Int>, _ sink: inout Sink) throws(NoMatch) -> ValueID {
    let width = gateCount * hidden
    let columns = gates.lowerBound * hidden..<gates.upperBound * hidden
    let part = columns.count == width ? recurrent : (0..<hidden).flatMap { row in recurrent[row * width + columns.lowerBound..<row * width + columns.upperBound] }
    return sink.add(MatMul(), state, try sink.floats(part, [hidden, columns.count]))
  }

  private func apply<Sink: NodeSink>(_ index: Int, _ x: ValueID, _ sink: inout Sink) throws(NoMatch) -> ValueID {
    var value = x
    if let clip { value = sink.add(Clip(), value, try sink.floats([-clip], []), try sink.floats([clip], [])) }
    return function(index, value, &sink)
  }

  private func function<Sink: NodeSink>(_ index: Int, _ x: ValueID, _ sink: inout Sink) -> ValueID {
    switch functions[index] {
    case .sigmoid: sink.add(Sigmoid(), x)
    case .tanh: sink.add(Tanh(), x)
    case .relu: sink.add(Relu(), x)
    }
  }

  private func lstm<Sink: NodeSink>(
    _ x: ValueID, _ h: ValueID, _ cell: ValueID, _ inputForget: Bool, _ sink: inout Sink
  ) throws(NoMatch) -> [ValueID] {
    let sum = sink.add(Add(), x, try product(h, 0..<4, &sink))
    let parts = sink.parts(of: sum, axis: 1, count: 4)
    func looking(_ gate: ValueID, _ index: Int, at cell: ValueID, _ sink: inout Sink) throws(NoMatch) -> ValueID {
      guard !peepholes.isEmpty else { return gate }
      let weights = try sink.floats(Array(peepholes[index * hidden..<(index + 1) * hidden]), [hidden])
      return sink.add(Add(), gate, sink.add(Mul(), cell, weights))
    }
    let input = try apply(0, looking(parts[0], 0, at: cell, &sink), &sink)
    let forget = try inputForget
      ? sink.add(Sub(), sink.floats([1], []), input) : apply(0, looking(parts[2], 2, at: cell, &sink), &sink)
    let candidate = sink.add(Mul(), input, try apply(1, parts[3], &sink))
    let next = sink.add(Add(), sink.add(Mul(), forget, cell), candidate)
    let output = try apply(0, looking(parts[1], 1, at: next, &sink), &sink)
    return [sink.add(Mul(), output, function(2, next, &sink)), next]
  }

  private func linearGRU<Sink: NodeSink>(_ x: ValueID, _ h: ValueID, _ sink: inout Sink) throws(NoMatch) -> ValueID {
    let gates = sink.parts(of: x, axis: 1, count: 3), memory = sink.parts(of: try product(h, 0..<3, &sink), axis: 1, count: 3)
    let update = try apply(0, sink.add(Add(), gates[0], memory[0]), &sink)
    let reset = try apply(0, sink.add(Add(), gates[1], memory[1]), &sink)
    let remembered = memoryBias.isEmpty ? memory[2] : sink.add(Add(), memory[2], try sink.floats(memoryBias, [hidden]))
    let candidate = try apply(1, sink.add(Add(), gates[2], sink.add(Mul(), reset, remembered)), &sink)
    return mixed(candidate, h, update, &sink)
  }

  private func gru<Sink: NodeSink>(_ x: ValueID, _ h: ValueID, _ sink: inout Sink) throws(NoMatch) -> ValueID {
    let gates = sink.parts(of: x, axis: 1, count: 3), memory = sink.parts(of: try product(h, 0..<2, &sink), axis: 1, count: 2)
    let update = try apply(0, sink.add(Add(), gates[0], memory[0]), &sink)
    let reset = try apply(0, sink.add(Add(), gates[1], memory[1]), &sink)
    let remembered = try product(sink.add(Mul(), reset, h), 2..<3, &sink)
    return mixed(try apply(1, sink.add(Add(), gates[2], remembered), &sink), h, update, &sink)
  }

  /// `(1 - z) ∘ n + z ∘ h`, as `n + z ∘ (h - n)`.
  private func mixed<Sink: NodeSink>(_ candidate: ValueID, _ h: ValueID, _ update: ValueID, _ sink: inout Sink) -> ValueID {
    sink.add(Add(), candidate, sink.add(Mul(), update, sink.add(Sub(), h, candidate)))
  }
}
