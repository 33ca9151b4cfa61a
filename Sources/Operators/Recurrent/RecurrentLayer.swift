import Diagnostics
import GraphIR
import Tensors

/// Which way, or both ways, a recurrent layer runs along the sequence.
public enum RecurrentDirection: String, CaseIterable, Sendable {
  case forward, reverse, bidirectional
}

/// A layer that reads sequences `x` `[steps, batch, input]` and carries a state `[batch, hidden]` from step to step, in one
/// direction or both. With layout 1 the batch is the first axis of `x`, of all states and of the first result.
///
/// The first result holds the state after each step: `[steps, directions, batch, hidden]`, zero beyond a sequence's length.
/// Further ones are the last states: `[directions, batch, hidden]`.
protocol RecurrentLayer: Evaluable {
  var activationAlpha: [Float]? { get }
  var activationBeta: [Float]? { get }
  var activations: [[UInt8]]? { get }
  var clip: Float? { get }
  var direction: RecurrentDirection { get }
  var hiddenSize: Int? { get }
  var batchFirst: Bool { get }
  static var gateCount: Int { get }
  /// Of one direction.
  static var defaultActivations: [String] { get }
  /// Moves the state one step on. `x` is what the inputs give to the gates, `[batch, gates · hidden]`.
  func advance(_ state: inout RecurrentState, _ x: [Double], _ weights: RecurrentWeights)
}

/// The state of all sequences of a batch, and of an LSTM its cells: `[batch, hidden]`.
struct RecurrentState {
  var hidden: [Double]
  var cell: [Double]
}

/// What one direction of a recurrent layer knows.
struct RecurrentWeights {
  var batch: Int
  var hidden: Int
  var gates: Int
  /// Input weights, transposed: `[input, gates · hidden]`.
  var input: [Double]
  /// Recurrent weights, transposed: `[hidden, gates · hidden]`.
  var recurrent: [Double]
  var inputBias: [Double]
  var recurrentBias: [Double]
  /// Of an LSTM: `[3 · hidden]`, for the input, output and forget gate; empty without.
  var peephole: [Double]
  var functions: [GateFunction]
  var clip: Double?
  /// What becomes of the states of all sequences before they are multiplied with the recurrent weights; `nil` for nothing.
  var rounding: (([Double]) -> [Double])?

  func clipped(_ x: Double) -> Double { clip.map { min(max(x, -$0), $0) } ?? x }

  /// `state · recurrent` for `gates` neighbouring gates: `[batch, count · hidden]`.
  func recurrence(_ state: [Double], from gate: Int = 0, count: Int) -> [Double] {
    product(rounding?(state) ?? state, batch, hidden, recurrent, columns: gate * hidden..<(gate + count) * hidden)
  }

  func product(_ a: [Double], _ rows: Int, _ inner: Int, _ b: [Double], columns: Range<Int>) -> [Double] {
    var result = [Double](repeating: 0, count: rows * columns.count)
    guard !result.isEmpty, inner > 0 else { return result }
    a.withUnsafeBufferPointer { a in
      b.withUnsafeBufferPointer { b in
        result.withUnsafeMutableBufferPointer { c in
          guard let a = a.baseAddress, let b = b.baseAddress, let c = c.baseAddress else { return }
          Double.addProduct(rows, columns.count, inner, a, inner, 1, b + columns.lowerBound, gates * hidden, c, columns.count)
        }
      }
    }
    return result
  }
}

extension RecurrentLayer {
  var directionCount: Int { direction == .bidirectional ? 2 : 1 }

  /// Facts of the first result and of `states` last states.
  func inferRecurrence(_ x: Fact, _ weight: Fact, _ recurrent: Fact, states: Int) throws(ModelError) -> [Fact] {
    try requireRank(x, 3...3, "x")
    try requireRank(weight, 3...3, "weight")
    try requireRank(recurrent, 3...3, "recurrent")
    if let given = x.shape?[2].number, let taken = weight.shape?[2].number, given != taken {
      throw ModelError(.typeMismatch, "operand \"x\" has \(given) numbers a step, the weights take \(taken)")
    }
    let hidden = hiddenSize.map(Dim.number) ?? recurrent.shape?[2] ?? .unknown
    let shape = x.shape ?? .unknown(rank: 3)
    let (steps, batch) = batchFirst ? (shape[1], shape[0]) : (shape[0], shape[1])
    let directions = Dim.number(directionCount)
    let all = batchFirst ? [batch, steps, directions, hidden] : [steps, directions, batch, hidden]
    let last = batchFirst ? [batch, directions, hidden] : [directions, batch, hidden]
    return [try x.reshaped(all)] + [Fact](repeating: try x.reshaped(last), count: states)
  }

  /// The functions of each direction.
  func functions() throws(ModelError) -> [[GateFunction]] {
    let defaults = [[String]](repeating: Self.defaultActivations, count: directionCount).joined().map { Array($0.utf8) }
    let all = try GateFunction.list(activations ?? defaults, activationAlpha ?? [], activationBeta ?? [])
    let count = Self.defaultActivations.count
    guard all.count >= count * directionCount else {
      throw ModelError(.invalidGraph, "\(all.count) functions for \(directionCount) directions", at: Place(attribute: "activations"))
    }
    return (0..<directionCount).map { Array(all[$0 * count..<($0 + 1) * count]) }
  }

  /// The results. `cells` and `peephole` are an LSTM's.
  func run(
    _ x: Tensor, _ weight: Tensor, _ recurrent: Tensor, bias: Tensor?, lengths: Tensor?, initial: Tensor?, cells: Tensor? = nil,
    peephole: Tensor? = nil, hasCells: Bool = false, rounding: (([Double]) -> [Double])? = nil
  ) throws(ModelError) -> [Tensor] {
    try check(x, weight, recurrent, bias: bias, states: [initial, cells], peephole: peephole)
    let sequence = batchFirst ? try x.transposed([1, 0, 2]) : x
    let (steps, batch, width, hidden) = (sequence.shape[0], sequence.shape[1], sequence.shape[2], recurrent.shape[2])
    let columns = Self.gateCount * hidden
    let ends = try lengths?.integers() ?? [Int](repeating: steps, count: batch)
    guard ends.count == batch, ends.allSatisfy({ $0 >= 0 && $0 <= steps }) else {
      throw ModelError(.typeMismatch, "lengths \(ends) for \(batch) sequences of \(steps)")
    }
    try checkedCount(.float64, [steps, directionCount, batch, max(columns, 1)])
    let functions = try functions()
    let inputs = try sequence.doubles()
    var (all, last, lastCells): ([Double], [Double], [Double]) = ([Double](repeating: 0, count: steps * directionCount * batch * hidden), [], [])
    for index in 0..<directionCount {
      let weights = try RecurrentWeights(
        batch: batch, hidden: hidden, gates: Self.gateCount, input: rows(weight, index, transposed: true),
        recurrent: rows(recurrent, index, transposed: true), inputBias: biases(bias, index, columns, 0),
        recurrentBias: biases(bias, index, columns, 1), peephole: peephole.map { (p) throws(ModelError) in try rows(p, index) } ?? [],
        functions: functions[index], clip: clip.map(Double.init), rounding: rounding)
      var state = RecurrentState(hidden: try start(initial, index, batch * hidden), cell: try start(cells, index, batch * hidden))
      let isReverse = direction == .reverse || index == 1
      pass(inputs, width, ends, isReverse, &state, weights) { step, sequence, values in
        let place = ((step * directionCount + index) * batch + sequence) * hidden
        all.replaceSubrange(place..<place + hidden, with: values)
      }
      last += state.hidden
      lastCells += state.cell
    }
    func arranged(_ values: [Double], _ shape: Shape, _ order: [Int]) throws(ModelError) -> Tensor {
      let tensor = try Tensor(.float64, shape, elements: values).converted(to: x.element)
      return batchFirst ? try tensor.transposed(order) : tensor
    }
    let final = [directionCount, batch, hidden]
    return [try arranged(all, [steps, directionCount, batch, hidden], [2, 0, 1, 3]), try arranged(last, final, [1, 0, 2])]
      + (hasCells ? [try arranged(lastCells, final, [1, 0, 2])] : [])
  }

  /// The operands' shapes fit together.
  private func check(
    _ x: Tensor, _ weight: Tensor, _ recurrent: Tensor, bias: Tensor?, states: [Tensor?], peephole: Tensor?
  ) throws(ModelError) {
    guard x.rank == 3, weight.rank == 3, recurrent.rank == 3 else { throw ModelError(.typeMismatch, "x has rank \(x.rank)") }
    let (hidden, batch) = (recurrent.shape[2], x.shape[batchFirst ? 0 : 1])
    let columns = Self.gateCount * hidden
    let state = batchFirst ? [batch, directionCount, hidden] : [directionCount, batch, hidden]
    let expected: [(Tensor?, Shape)] =
      [
        (weight, [directionCount, columns, x.shape[2]]), (recurrent, [directionCount, columns, hidden]),
        (bias, [directionCount, 2 * columns]), (peephole, [directionCount, 3 * hidden]),
      ] + states.map { ($0, state) }
    for case (let tensor?, let shape) in expected where tensor.shape != shape {
      throw ModelError(.typeMismatch, "an operand of shape \(tensor.shape) where \(shape) is expected")
    }
  }

  /// Goes through the sequences in one direction; `emit` gets step, sequence and state wherever a sequence has not ended.
  private func pass(
    _ inputs: [Double], _ width: Int, _ ends: [Int], _ isReverse: Bool, _ state: inout RecurrentState, _ weights: RecurrentWeights,
    _ emit: (Int, Int, ArraySlice<Double>) -> Void
  ) {
    let (batch, hidden, columns) = (weights.batch, weights.hidden, weights.gates * weights.hidden)
    let rows = width == 0 ? 0 : inputs.count / width
    let projected = weights.product(inputs, rows, width, weights.input, columns: 0..<columns)
    for step in 0..<(ends.max() ?? 0) {
      var x = [Double](repeating: 0, count: batch * columns)
      for sequence in 0..<batch where step < ends[sequence] {
        let at = isReverse ? ends[sequence] - 1 - step : step
        let source = (at * batch + sequence) * columns
        for column in 0..<columns {
          x[sequence * columns + column] = (projected.isEmpty ? 0 : projected[source + column]) + weights.inputBias[column]
        }
      }
      let before = state
      // Where states are rounded by their range, those of sequences that have ended are zeros.
      for sequence in 0..<batch where weights.rounding != nil && step > ends[sequence] {
        state.hidden.replaceSubrange(sequence * hidden..<(sequence + 1) * hidden, with: repeatElement(0, count: hidden))
      }
      advance(&state, x, weights)
      for sequence in 0..<batch {
        let place = sequence * hidden..<(sequence + 1) * hidden
        if step < ends[sequence] {
          emit(isReverse ? ends[sequence] - 1 - step : step, sequence, state.hidden[place])
        } else {
          state.hidden.replaceSubrange(place, with: before.hidden[place])
          if !state.cell.isEmpty { state.cell.replaceSubrange(place, with: before.cell[place]) }
        }
      }
    }
  }

  /// One direction's part of an operand.
  private func rows(_ tensor: Tensor, _ index: Int, transposed: Bool = false) throws(ModelError) -> [Double] {
    let part = try tensor.part(of: 0, from: index, count: 1).reshaped(to: Array(tensor.shape.dropFirst()))
    return transposed ? try part.transposed([1, 0]).doubles() : try part.doubles()
  }

  private func biases(_ bias: Tensor?, _ index: Int, _ columns: Int, _ half: Int) throws(ModelError) -> [Double] {
    guard let bias else { return [Double](repeating: 0, count: columns) }
    return Array(try rows(bias, index)[half * columns..<(half + 1) * columns])
  }

  private func start(_ states: Tensor?, _ index: Int, _ count: Int) throws(ModelError) -> [Double] {
    guard let states else { return [Double](repeating: 0, count: count) }
    return try rows(batchFirst ? states.transposed([1, 0, 2]) : states, index)
  }
}
