import Diagnostics
import GraphIR
import Tensors

/// Long short-term memory: with the gates i, o, f and c in this order in `W` `[directions, 4·hidden, input]`, `R`
/// `[directions, 4·hidden, hidden]` and biases `[directions, 8·hidden]`,
/// `i = f(x·Wi + h·Ri + Pi ∘ c + b)`, `f` alike, `c' = f ∘ c + i ∘ g(x·Wc + h·Rc + b)`, `o = f(x·Wo + h·Ro + Po ∘ c' + b)`,
/// `h' = o ∘ h(c')`.
///
/// With `input_forget`, `f = 1 - i`. Peepholes `[directions, 3·hidden]` are those of i, o and f. A third result holds the
/// last cells. See `RecurrentLayer` for the axes.
public struct LSTM: RecurrentLayer {
  public enum Operand: Int, OperandSlot {
    case x, weight, recurrent, bias, lengths, initial, initialCell, peephole
    public var arity: Arity { rawValue < 3 ? .one : .optional }
  }
  public static let name = "LSTM"
  public static let since = 22
  public static let results: [Arity] = [.optional, .optional, .optional]
  public static let attributes: [AttributeSpec<Self>] = [
    .floats("activation_alpha", \.activationAlpha), .floats("activation_beta", \.activationBeta), .strings("activations", \.activations),
    .optionalFloat("clip", \.clip), .choice("direction", \.direction), .optionalInt("hidden_size", \.hiddenSize),
    .bool("input_forget", \.inputForget), .bool("layout", \.batchFirst),
  ]
  public var activationAlpha: [Float]?
  public var activationBeta: [Float]?
  public var activations: [[UInt8]]?
  public var clip: Float?
  public var direction = RecurrentDirection.forward
  public var hiddenSize: Int?
  public var inputForget = false
  public var batchFirst = false
  public init() {}
  static var gateCount: Int { 4 }
  static var defaultActivations: [String] { ["Sigmoid", "Tanh", "Tanh"] }

  public func infer(_ operands: Operands<Operand, Fact>) throws(ModelError) -> [Fact] {
    try inferRecurrence(operands.one(.x), operands.one(.weight), operands.one(.recurrent), states: 2)
  }

  public func evaluate(_ operands: Operands<Operand, Tensor>) throws(ModelError) -> [Tensor] {
    try run(
      operands.one(.x), operands.one(.weight), operands.one(.recurrent), bias: operands[.bias], lengths: operands[.lengths],
      initial: operands[.initial], cells: operands[.initialCell], peephole: operands[.peephole], hasCells: true)
  }

  func advance(_ state: inout RecurrentState, _ x: [Double], _ weights: RecurrentWeights) {
    let (hidden, bias, functions) = (weights.hidden, weights.recurrentBias, weights.functions)
    let gates = weights.recurrence(state.hidden, count: 4)
    for index in state.hidden.indices {
      let (row, unit) = (index / hidden * 4 * hidden, index % hidden)
      func gate(_ gate: Int, peephole: Int? = nil, _ cell: Double = 0) -> Double {
        let column = gate * hidden + unit
        let memory = peephole.map { weights.peephole.isEmpty ? 0 : weights.peephole[$0 * hidden + unit] * cell } ?? 0
        return weights.clipped(x[row + column] + gates[row + column] + bias[column] + memory)
      }
      let cell = state.cell[index]
      let input = functions[0](gate(0, peephole: 0, cell))
      let forget = inputForget ? 1 - input : functions[0](gate(2, peephole: 2, cell))
      let next = forget * cell + input * functions[1](gate(3))
      state.cell[index] = next
      state.hidden[index] = functions[0](gate(1, peephole: 1, next)) * functions[2](next)
    }
  }
}
