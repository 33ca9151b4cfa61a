import Diagnostics
import GraphIR
import Tensors

/// Gated recurrent units: with the gates z, r and h in this order in `W` `[directions, 3·hidden, input]`, `R`
/// `[directions, 3·hidden, hidden]` and biases `[directions, 6·hidden]`,
/// `z = f(x·Wz + h·Rz + b)`, `r = f(x·Wr + h·Rr + b)`, `n = g(x·Wh + (r ∘ h)·Rh + b)`, `h' = (1 - z) ∘ n + z ∘ h`.
///
/// With `linear_before_reset`, `n = g(x·Wh + Wbh + r ∘ (h·Rh + Rbh))`. See `RecurrentLayer` for the axes.
public struct GRU: RecurrentLayer {
  public typealias Operand = RecurrentOperand
  public static let name = "GRU"
  public static let since = 22
  public static let results: [Arity] = [.optional, .optional]
  public static let attributes: [AttributeSpec<Self>] = [
    .floats("activation_alpha", \.activationAlpha), .floats("activation_beta", \.activationBeta), .strings("activations", \.activations),
    .optionalFloat("clip", \.clip), .choice("direction", \.direction), .optionalInt("hidden_size", \.hiddenSize),
    .bool("layout", \.batchFirst), .bool("linear_before_reset", \.linearBeforeReset),
  ]
  public var activationAlpha: [Float]?
  public var activationBeta: [Float]?
  public var activations: [[UInt8]]?
  public var clip: Float?
  public var direction = RecurrentDirection.forward
  public var hiddenSize: Int?
  public var batchFirst = false
  public var linearBeforeReset = false
  public init() {}
  static var gateCount: Int { 3 }
  static var defaultActivations: [String] { ["Sigmoid", "Tanh"] }

  public func infer(_ operands: Operands<RecurrentOperand, Fact>) throws(ModelError) -> [Fact] {
    try inferRecurrence(operands.one(.x), operands.one(.weight), operands.one(.recurrent), states: 1)
  }

  public func evaluate(_ operands: Operands<RecurrentOperand, Tensor>) throws(ModelError) -> [Tensor] {
    try run(
      operands.one(.x), operands.one(.weight), operands.one(.recurrent), bias: operands[.bias], lengths: operands[.lengths],
      initial: operands[.initial])
  }

  func advance(_ state: inout RecurrentState, _ x: [Double], _ weights: RecurrentWeights) {
    let (hidden, bias) = (weights.hidden, weights.recurrentBias)
    let gates = weights.recurrence(state.hidden, count: linearBeforeReset ? 3 : 2)
    let width = linearBeforeReset ? 3 * hidden : 2 * hidden
    func gate(_ index: Int, _ sequence: Int, _ unit: Int) -> Double {
      let column = index * hidden + unit
      return weights.functions[0](weights.clipped(x[sequence * 3 * hidden + column] + gates[sequence * width + column] + bias[column]))
    }
    var reset = [Double](repeating: 0, count: state.hidden.count)
    for index in reset.indices { reset[index] = gate(1, index / hidden, index % hidden) }
    var candidates: [Double] = []
    if !linearBeforeReset {
      candidates = weights.recurrence(zip(reset, state.hidden).map { $0 * $1 }, from: 2, count: 1)
    }
    for index in state.hidden.indices {
      let (sequence, unit) = (index / hidden, index % hidden)
      let column = 2 * hidden + unit
      let memory = linearBeforeReset ? reset[index] * (gates[sequence * width + column] + bias[column]) : candidates[index] + bias[column]
      let candidate = weights.functions[1](weights.clipped(x[sequence * 3 * hidden + column] + memory))
      let update = gate(0, sequence, unit)
      state.hidden[index] = (1 - update) * candidate + update * state.hidden[index]
    }
  }
}
