import Diagnostics
import GraphIR
import Tensors

/// An `LSTM` whose products are of 8-bit integers: with weights that are quantised, and lie as products want them, `W`
/// `[directions, input, 4·hidden]` and `R` `[directions, hidden, 4·hidden]`.
///
/// What they are multiplied with is quantised as it comes, by its own range, to 8 unsigned bits: `x` as a whole, up to the end of the
/// longest sequence, and in each step the states of all sequences together, zeros for those that have ended. Scales and zero points
/// of the weights are one for each direction, `[directions]`, or one for each column, `[directions, 4·hidden]`.
///
/// ONNX Runtime does so on one thread; on several it quantises the states of parts of a batch by themselves.
public struct DynamicQuantizeLSTM: Evaluable {
  public enum Operand: Int, OperandSlot {
    case x, weight, recurrent, bias, lengths, initial, initialCell, peephole, weightScale, weightZero, recurrentScale, recurrentZero
    public var arity: Arity { rawValue < Self.bias.rawValue || rawValue > Self.peephole.rawValue ? .one : .optional }
  }
  public static let name = "DynamicQuantizeLSTM"
  public static let domain = "com.microsoft"
  public static let since = 1
  public static let results: [Arity] = [.optional, .optional, .optional]
  public static let attributes: [AttributeSpec<Self>] = [
    .floats("activation_alpha", \.layer.activationAlpha), .floats("activation_beta", \.layer.activationBeta),
    .strings("activations", \.layer.activations), .optionalFloat("clip", \.layer.clip), .choice("direction", \.layer.direction),
    .optionalInt("hidden_size", \.layer.hiddenSize), .bool("input_forget", \.layer.inputForget),
  ]
  /// The layer that this would be of floats.
  public var layer = LSTM()
  public init() {}

  public func infer(_ operands: Operands<Operand, Fact>) throws(ModelError) -> [Fact] {
    let (x, weight, recurrent) = try (operands.one(.x), operands.one(.weight), operands.one(.recurrent))
    try require(x, "a 32-bit float") { $0 == .float32 }
    for slot in [Operand.weight, .recurrent, .weightZero, .recurrentZero] { try requireByte(operands[slot]) }
    for slot in [Operand.weightScale, .recurrentScale] { try requireRank(operands[slot], 1...2, "\(slot)") }
    // An LSTM's, transposed.
    func turned(_ fact: Fact, _ name: String) throws(ModelError) -> Fact {
      try requireRank(fact, 3...3, name)
      return .tensor(.float32, fact.shape.map { [$0[0], $0[2], $0[1]] })
    }
    return try layer.inferRecurrence(x, turned(weight, "weight"), turned(recurrent, "recurrent"), states: 2)
  }

  public func evaluate(_ operands: Operands<Operand, Tensor>) throws(ModelError) -> [Tensor] {
    let x = try operands.one(.x)
    guard x.element == .float32, x.rank == 3 else { throw ModelError(.typeMismatch, "x of type \(x.element.rawValue) \(x.shape)") }
    let weight = try numbers(operands.one(.weight), operands.one(.weightScale), operands.one(.weightZero))
    let recurrent = try numbers(operands.one(.recurrent), operands.one(.recurrentScale), operands.one(.recurrentZero))
    let longest = try operands[.lengths]?.integers().max() ?? x.shape[0]
    let count = min(max(longest, 0), x.shape[0]) * x.shape[1] * x.shape[2]
    var values = try x.doubles()
    values.replaceSubrange(..<count, with: ByteSteps.rounded(Array(values[..<count])))
    let results = try layer.run(
      Tensor(.float64, x.shape, elements: values), weight, recurrent, bias: operands[.bias], lengths: operands[.lengths],
      initial: operands[.initial], cells: operands[.initialCell], peephole: operands[.peephole], hasCells: true, rounding: ByteSteps.rounded)
    return try results.map { (result) throws(ModelError) in try result.converted(to: .float32) }
  }

  /// The weights as numbers, laid out as an `LSTM` has them.
  private func numbers(_ weight: Tensor, _ scale: Tensor, _ zero: Tensor) throws(ModelError) -> Tensor {
    guard weight.rank == 3 else { throw ModelError(.typeMismatch, "weights of rank \(weight.rank)") }
    let centred = try calculate(.subtract, weight.converted(to: .float64), spread(zero, weight.shape))
    return try calculate(.multiply, centred, spread(scale, weight.shape)).transposed([0, 2, 1])
  }

  /// One number for each direction, or for each of its columns, beside weights.
  private func spread(_ parameter: Tensor, _ shape: Shape) throws(ModelError) -> Tensor {
    guard parameter.shape == [shape[0]] || parameter.shape == [shape[0], shape[2]] else {
      throw ModelError(.typeMismatch, "scales or zero points of shape \(parameter.shape) for weights \(shape)")
    }
    return try parameter.converted(to: .float64).reshaped(to: [shape[0], 1, parameter.rank == 1 ? 1 : shape[2]])
  }
}
