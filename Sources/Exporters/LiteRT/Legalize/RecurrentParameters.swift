import Diagnostics
import GraphIR
import Operators
import Rewriting
import Tensors

/// A recurrent layer's constants, as the cells of its directions want them.
struct RecurrentParameters {
  /// The layer's attributes; those that a kind does not have at their defaults.
  var kind: RecurrentCell.Kind
  var functions: [[RecurrentCell.Function]]
  var clip: Float?
  var direction: RecurrentDirection
  var batchFirst: Bool
  private(set) var hidden = 0
  private var input = 0
  private var weights: [Float] = []
  private var recurrent: [Float] = []
  private var bias: [Float] = []
  private var peepholes: [Float] = []

  var directionCount: Int { direction == .bidirectional ? 2 : 1 }

  private var gateCount: Int {
    switch kind {
    case .lstm: 4
    case .gru: 3
    case .plain: 1
    }
  }

  init(_ node: MatchedNode) throws(NoMatch) {
    let names: [[UInt8]]?
    let defaults: [RecurrentCell.Function]
    let hasParameters: Bool
    switch node.op {
    case let op as LSTM:
      (kind, clip, direction, batchFirst) = (.lstm(inputForget: op.inputForget), op.clip, op.direction, op.batchFirst)
      (names, defaults) = (op.activations, [.sigmoid, .tanh, .tanh])
      hasParameters = op.activationAlpha != nil || op.activationBeta != nil
    case let op as GRU:
      (kind, clip, direction, batchFirst) = (.gru(linearBeforeReset: op.linearBeforeReset), op.clip, op.direction, op.batchFirst)
      (names, defaults) = (op.activations, [.sigmoid, .tanh])
      hasParameters = op.activationAlpha != nil || op.activationBeta != nil
    case let op as RNN:
      (kind, clip, direction, batchFirst) = (.plain, op.clip, op.direction, op.batchFirst)
      (names, defaults) = (op.activations, [.tanh])
      hasParameters = op.activationAlpha != nil || op.activationBeta != nil
    default: throw NoMatch("another operator")
    }
    try require(!hasParameters, "gate functions with parameters")
    functions = []
    let count = defaults.count
    for index in 0..<(direction == .bidirectional ? 2 : 1) {
      guard let names else {
        functions.append(defaults)
        continue
      }
      let known = names.dropFirst(index * count).prefix(count).compactMap { RecurrentCell.Function(rawValue: String(decoding: $0, as: UTF8.self).lowercased()) }
      try require(known.count == count, "gate functions other than sigmoid, tanh and relu")
      functions.append(known)
    }
    try readConstants(node)
  }

  private mutating func readConstants(_ node: MatchedNode) throws(NoMatch) {
    func numbers(_ index: Int) throws(NoMatch) -> (values: [Float], shape: Shape)? {
      guard let value = node.operandIfPresent(index) else { return nil }
      let tensor = try value.constant()
      guard tensor.element == .float32, let values = try? tensor.floats() else { throw NoMatch("weights that are no 32-bit floats") }
      return (values, tensor.shape)
    }
    guard let w = try numbers(1), let r = try numbers(2), w.shape.count == 3, r.shape.count == 3 else { throw NoMatch("no weights") }
    (hidden, input, weights, recurrent) = (r.shape[2], w.shape[2], w.values, r.values)
    let rows = gateCount * hidden
    try require(hidden > 0 && w.shape == [directionCount, rows, input] && r.shape == [directionCount, rows, hidden], "weights of another shape")
    if let b = try numbers(3) {
      try require(b.shape == [directionCount, 2 * rows], "biases of another shape")
      bias = b.values
    }
    if case .lstm = kind, let p = try numbers(7) {
      try require(p.shape == [directionCount, 3 * hidden], "peepholes of another shape")
      peepholes = p.values
    }
  }

  /// Rows and columns exchanged.
  private static func transposed(_ values: ArraySlice<Float>, rows: Int, columns: Int) -> [Float] {
    var result = [Float](repeating: 0, count: rows * columns)
    for (index, value) in values.enumerated() { result[index % columns * rows + index / columns] = value }
    return result
  }

  func cell(_ index: Int) -> RecurrentCell {
    let rows = gateCount * hidden
    let part = recurrent[index * rows * hidden..<(index + 1) * rows * hidden]
    var cell = RecurrentCell(
      kind: kind, functions: functions[index], clip: clip, hidden: hidden, recurrent: Self.transposed(part, rows: rows, columns: hidden))
    if !peepholes.isEmpty { cell.peepholes = Array(peepholes[index * 3 * hidden..<(index + 1) * 3 * hidden]) }
    if case .gru(linearBeforeReset: true) = kind, !bias.isEmpty {
      cell.memoryBias = Array(bias[(index * 2 + 2) * rows - hidden..<(index * 2 + 2) * rows])
    }
    return cell
  }

  /// What `x` `[steps, batch, input]` gives to the gates of one direction, biases included: `[steps, batch, gates · hidden]`.
  func projection(_ x: ValueID, _ index: Int, _ edit: inout Edit) throws(NoMatch) -> ValueID {
    let rows = gateCount * hidden
    let part = weights[index * rows * input..<(index + 1) * rows * input]
    let product = edit.add(MatMul(), x, try edit.floats(Self.transposed(part, rows: rows, columns: input), [input, rows]))
    guard !bias.isEmpty else { return product }
    var isLinear = false
    if case .gru(linearBeforeReset: true) = kind { isLinear = true }
    let own = index * 2 * rows
    let sums = (0..<rows).map { bias[own + $0] + (isLinear && $0 >= 2 * hidden ? 0 : bias[own + rows + $0]) }
    return edit.add(Add(), product, try edit.floats(sums, [rows]))
  }
}
