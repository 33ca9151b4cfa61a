import Diagnostics
import GraphIR
import Tensors

/// `h = f(x·Wᵀ + h·Rᵀ + Wb + Rb)`, with `W` `[directions, hidden, input]`, `R` `[directions, hidden, hidden]` and biases
/// `[directions, 2·hidden]`. See `RecurrentLayer` for the axes.
public struct RNN: RecurrentLayer {
  public typealias Operand = RecurrentOperand
  public static let name = "RNN"
  public static let since = 22
  public static let results: [Arity] = [.optional, .optional]
  public static let attributes: [AttributeSpec<Self>] = [
    .floats("activation_alpha", \.activationAlpha), .floats("activation_beta", \.activationBeta), .strings("activations", \.activations),
    .optionalFloat("clip", \.clip), .choice("direction", \.direction), .optionalInt("hidden_size", \.hiddenSize),
    .bool("layout", \.batchFirst),
  ]
  public var activationAlpha: [Float]?
  public var activationBeta: [Float]?
  public var activations: [[UInt8]]?
  public var clip: Float?
  public var direction = RecurrentDirection.forward
  public var hiddenSize: Int?
  public var batchFirst = false
  public init() {}
  static var gateCount: Int { 1 }
  static var defaultActivations: [String] { ["Tanh"] }

  public func infer(_ operands: Operands<RecurrentOperand, Fact>) throws(ModelError) -> [Fact] {
    try inferRecurrence(operands.one(.x), operands.one(.weight), operands.one(.recurrent), states: 1)
  }

  public func evaluate(_ operands: Operands<RecurrentOperand, Tensor>) throws(ModelError) -> [Tensor] {
    try run(
      operands.one(.x), operands.one(.weight), operands.one(.recurrent), bias: operands[.bias], lengths: operands[.lengths],
      initial: operands[.initial])
  }

  func advance(_ state: inout RecurrentState, _ x: [Double], _ weights: RecurrentWeights) {
    let recurrence = weights.recurrence(state.hidden, count: 1)
    for index in x.indices {
      let bias = weights.recurrentBias[index % weights.hidden]
      state.hidden[index] = weights.functions[0](weights.clipped(x[index] + recurrence[index] + bias))
    }
  }
}

/// The operands of `RNN` and `GRU`.
public enum RecurrentOperand: Int, OperandSlot {
  case x, weight, recurrent, bias, lengths, initial
  public var arity: Arity { rawValue < 3 ? .one : .optional }
}
