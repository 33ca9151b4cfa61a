import Diagnostics
import GraphIR
import Operators
import Tensors

extension LayerReading {
  func readRecurrent() throws(ModelError) -> [ValueID]? {
    switch type {
    case "LSTM": return try recurrent([0, 2, 1, 3], states: 2, biases: 4) { LSTM() }
    case "GRU": return try recurrent([1, 0, 2], states: 1, biases: 4) { GRU() }
    case "RNN": return try recurrent([0], states: 1, biases: 1) { RNN() }
    default: return nil
    }
  }

  /// `gates`: for each gate of ncnn the one of ONNX. `biases`: rows of biases of one direction.
  private func recurrent(_ gates: [Int], states: Int, biases: Int, _ make: () -> any Operator) throws(ModelError) -> [ValueID] {
    let (hidden, count, code) = (try size(0), try size(1), try size(2, 0, atLeast: 0))
    guard code <= 2, try int(3, hidden) == hidden, try int(8) == 0 else { throw ModelError(.unsupported, "a \(type) of another form") }
    let directions = code == 2 ? 2 : 1
    let (rows, overflow) = hidden.multipliedReportingOverflow(by: gates.count * directions)
    guard !overflow, count % rows == 0 else { throw ModelError(.malformed, "\(count) weights for \(hidden) cells") }
    let shape = [directions, gates.count * hidden, count / rows]
    let input = try network.weights.tagged(shape).floats()
    let bias = try network.weights.tagged([directions, biases, hidden]).floats()
    let state = try network.weights.tagged([directions, gates.count * hidden, hidden]).floats()
    var operands: [ValueID?] = [
      try unsqueezed(self.input(), 1),
      network.constant(try Tensor(.float32, shape, elements: ordered(input, gates, hidden * shape[2], directions))),
      network.constant(try Tensor(.float32, [directions, gates.count * hidden, hidden], elements: ordered(state, gates, hidden * hidden, directions))),
      network.constant(try Tensor(.float32, [directions, 2 * gates.count * hidden], elements: paired(bias, gates, hidden, directions))),
    ]
    if inputs.count == states + 1 {
      operands.append(nil)
      for index in 1...states { operands.append(try unsqueezed(self.input(index), 1)) }
    } else if inputs.count != 1 {
      throw ModelError(.malformed, "\(inputs.count) inputs of a \(type)")
    }
    let results = try network.add(configured(make(), hidden, code), operands, count: line.outputs.count)
    return try flattened(results, hidden * directions)
  }

  private func configured(_ op: any Operator, _ hidden: Int, _ code: Int) -> any Operator {
    let direction: RecurrentDirection = code == 2 ? .bidirectional : code == 1 ? .reverse : .forward
    switch op {
    case var op as LSTM:
      (op.hiddenSize, op.direction) = (hidden, direction)
      return op
    case var op as GRU:
      (op.hiddenSize, op.direction, op.linearBeforeReset) = (hidden, direction, true)
      return op
    case var op as RNN:
      (op.hiddenSize, op.direction) = (hidden, direction)
      return op
    default: return op
    }
  }

  /// The states after each step as rows, last states as they are, without the batch.
  private func flattened(_ results: [ValueID], _ columns: Int) throws(ModelError) -> [ValueID] {
    var values: [ValueID] = []
    for (index, result) in results.enumerated() {
      values.append(index == 0 ? try one(Reshape(), [result, network.integers([-1, columns])]) : try squeezed(result, 1))
    }
    return values
  }

  private func ordered(_ values: [Float], _ gates: [Int], _ block: Int, _ directions: Int) -> [Float] {
    var result = values
    for direction in 0..<directions {
      for (place, gate) in gates.enumerated() {
        let (from, to) = ((direction * gates.count + place) * block, (direction * gates.count + gate) * block)
        for index in 0..<block { result[to + index] = values[from + index] }
      }
    }
    return result
  }

  /// ONNX's two biases: what ncnn adds as the one of the input; of a GRU's new state the last row as the recurrent one.
  private func paired(_ values: [Float], _ gates: [Int], _ hidden: Int, _ directions: Int) -> [Float] {
    let half = gates.count * hidden
    let rows = values.count / directions / hidden
    var result = [Float](repeating: 0, count: directions * 2 * half)
    for direction in 0..<directions {
      for row in 0..<rows {
        let isRecurrent = row == gates.count
        let gate = isRecurrent ? gates.count - 1 : gates[row]
        for index in 0..<hidden {
          result[direction * 2 * half + (isRecurrent ? half : 0) + gate * hidden + index] = values[(direction * rows + row) * hidden + index]
        }
      }
    }
    return result
  }
}
