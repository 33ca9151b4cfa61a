import Diagnostics
import GraphIR
import Tensors

/// `Attention` of a quantised `x` `[B, S, D]` with quantised weights `[D, 3·N·H]`, in floats from the projection on.
///
/// The scale and zero point of the weights are one each, or one a column.
public struct QAttention: Evaluable {
  public enum Operand: Int, OperandSlot {
    case x, weights, bias, xScale, weightsScale, mask, xZero, weightsZero, past
    public var arity: Arity { rawValue < 5 ? .one : .optional }
  }
  public static let name = "QAttention"
  public static let domain = "com.microsoft"
  public static let since = 1
  public static let results: [Arity] = [.one, .optional]
  public static let attributes: [AttributeSpec<Self>] = [
    .optionalInt("do_rotary", \.attention.doRotary), .optionalFloat("mask_filter_value", \.attention.maskFilterValue),
    .int("num_heads", \.attention.numHeads), .optionalInt("past_present_share_buffer", \.attention.pastPresentShareBuffer),
    .optionalFloat("scale", \.attention.scale), .bool("unidirectional", \.attention.unidirectional),
  ]
  /// The same for floats.
  public var attention = ContribAttention()
  public init() {}

  public func infer(_ operands: Operands<Operand, Fact>) throws(ModelError) -> [Fact] {
    let (x, weights, bias) = try (operands.one(.x), operands.one(.weights), operands.one(.bias))
    try requireByte(x)
    try requireByte(weights)
    guard let element = bias.element else { return [.unknown, .unknown] }
    return try attention.infer(
      Operands([.tensor(element, x.shape), .tensor(element, weights.shape), bias, nil, operands[.past]], resultCount: operands.resultCount))
  }

  public func evaluate(_ operands: Operands<Operand, Tensor>) throws(ModelError) -> [Tensor] {
    let (x, weights, bias) = try (operands.one(.x), operands.one(.weights), operands.one(.bias))
    guard x.rank == 3, weights.rank == 2, weights.shape[1] % 3 == 0 else { throw ModelError(.typeMismatch, "x of shape \(x.shape)") }
    // ONNX Runtime's CPU refuses the same.
    guard attention.doRotary ?? 0 == 0 else { throw ModelError(.unsupported, "attention with rotary embedding", at: Place(attribute: "do_rotary")) }
    guard attention.pastPresentShareBuffer ?? 0 == 0 || operands[.past] == nil else {
      throw ModelError(.unsupported, "a past in a shared buffer", at: Place(attribute: "past_present_share_buffer"))
    }
    let product = try MatMulInteger().evaluate(Operands([x, weights, operands[.xZero], operands[.weightsZero]]))[0].converted(to: .float32)
    let factors = try calculate(.multiply, operands.one(.xScale).converted(to: .float32), operands.one(.weightsScale).converted(to: .float32))
    let projected = try calculate(.add, calculate(.multiply, product, factors), bias.converted(to: .float32))
    let size = weights.shape[1] / 3
    guard attention.numHeads > 0, size % attention.numHeads == 0, projected.rank == 3 else { throw ModelError(.typeMismatch, "\(size) features in \(attention.numHeads) heads") }
    let results = try attention.attend(projected, [size, size, size], mask: operands[.mask], past: operands[.past], attentionBias: nil)
    return try results.map { (tensor) throws(ModelError) in try tensor.converted(to: bias.element) }
  }
}
