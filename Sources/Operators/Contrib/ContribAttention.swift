import Diagnostics
import GraphIR
import Tensors

/// Self-attention with the projections of query, key and value in one matrix.
///
/// `x` `[B, S, D]` times `weights` `[D, Q+K+V]` plus `bias`; `past` is `[2, B, N, P, H]`; masks as `paddingBias` reads them;
/// `attentionBias` broadcasts to `[B, N, S, P+S]`. Results: `[B, S, V]`, and keys and values for the next step `[2, B, N, P+S, H]`.
public struct ContribAttention: Evaluable {
  public enum Operand: Int, OperandSlot {
    case x, weights, bias, mask, past, attentionBias, pastLength
    public var arity: Arity { rawValue < 2 ? .one : .optional }
  }
  public static let name = "Attention"
  public static let domain = "com.microsoft"
  public static let since = 1
  public static let results: [Arity] = [.one, .optional]
  public static let attributes: [AttributeSpec<Self>] = [
    .optionalInt("do_rotary", \.doRotary), .optionalFloat("mask_filter_value", \.maskFilterValue), .int("num_heads", \.numHeads),
    .optionalInt("past_present_share_buffer", \.pastPresentShareBuffer), .ints("qkv_hidden_sizes", \.qkvHiddenSizes),
    .optionalInt("rotary_embedding_dim", \.rotaryEmbeddingDim), .optionalFloat("scale", \.scale), .bool("unidirectional", \.unidirectional),
  ]
  public var doRotary: Int?
  public var maskFilterValue: Float?
  public var numHeads = 1
  public var pastPresentShareBuffer: Int?
  /// Sizes of all heads of query, key and value together; absent means a third each.
  public var qkvHiddenSizes: [Int]?
  public var rotaryEmbeddingDim: Int?
  public var scale: Float?
  public var unidirectional = false
  public init() {}

  /// Sizes of query, key and value within `width` columns.
  private func sizes(_ width: Int) throws(ModelError) -> [Int] {
    let sizes = qkvHiddenSizes ?? [width / 3, width / 3, width / 3]
    guard sizes.count == 3, sizes.allSatisfy({ $0 >= 0 && $0 <= width && numHeads > 0 && $0 % numHeads == 0 }), sizes.reduce(0, +) == width,
      sizes[0] == sizes[1]
    else { throw ModelError(.typeMismatch, "\(width) columns in \(sizes) for \(numHeads) heads") }
    return sizes
  }

  public func infer(_ operands: Operands<Operand, Fact>) throws(ModelError) -> [Fact] {
    let (x, weights) = try (operands.one(.x), operands.one(.weights))
    try requireRank(x, 3...3, "x")
    try requireRank(weights, 2...2, "weights")
    guard let element = try commonElement([x, weights, operands[.bias], operands[.past], operands[.attentionBias]]) else { return [.unknown, .unknown] }
    guard let shape = x.shape else { return [.tensor(element, nil), .tensor(element, nil)] }
    let parts = try weights.shape?[1].number.map { (width) throws(ModelError) in try sizes(width) }
    let head: Dim = parts.map { .number($0[2] / numHeads) } ?? .unknown
    let past = operands[.past]?.shape.flatMap { $0.count == 5 ? $0[3] : nil }
    let total: Dim = operands[.past] == nil ? shape[1] : past.map { pastPresentShareBuffer == 1 ? $0 : $0 + shape[1] } ?? .unknown
    return [
      .tensor(element, [shape[0], shape[1], parts.map { .number($0[2]) } ?? .unknown]),
      .tensor(element, [2, shape[0], .number(numHeads), total, head]),
    ]
  }

  public func evaluate(_ operands: Operands<Operand, Tensor>) throws(ModelError) -> [Tensor] {
    let (x, weights) = try (operands.one(.x), operands.one(.weights))
    guard x.rank == 3, weights.rank == 2 else { throw ModelError(.typeMismatch, "x of shape \(x.shape), weights of \(weights.shape)") }
    // ONNX Runtime's CPU refuses the same.
    guard doRotary ?? 0 == 0 else { throw ModelError(.unsupported, "attention with rotary embedding", at: Place(attribute: "do_rotary")) }
    guard pastPresentShareBuffer ?? 0 == 0 || operands[.past] == nil else {
      throw ModelError(.unsupported, "a past in a shared buffer", at: Place(attribute: "past_present_share_buffer"))
    }
    var projected = try matrixProduct(x.converted(to: .float32), weights.converted(to: .float32))
    if let bias = operands[.bias] { projected = try calculate(.add, projected, bias.converted(to: .float32)) }
    let results = try attend(
      projected, sizes(weights.shape[1]), mask: operands[.mask], past: operands[.past], attentionBias: operands[.attentionBias])
    return try results.map { (tensor) throws(ModelError) in try tensor.converted(to: x.element) }
  }

  /// Attention of projected `[B, S, Q+K+V]`; output and, unless heads of key and value differ in size, what the next step needs.
  func attend(
    _ projected: Tensor, _ sizes: [Int], mask: Tensor?, past: Tensor?, attentionBias: Tensor?
  ) throws(ModelError) -> [Tensor] {
    let (batch, queries) = (projected.shape[0], projected.shape[1])
    let q = try projected.part(of: 2, from: 0, count: sizes[0]).splitIntoHeads(numHeads)
    var k = try projected.part(of: 2, from: sizes[0], count: sizes[1]).splitIntoHeads(numHeads)
    var v = try projected.part(of: 2, from: sizes[0] + sizes[1], count: sizes[2]).splitIntoHeads(numHeads)
    var pastLength = 0
    if let past = try past?.converted(to: .float32) {
      guard past.rank == 5, past.shape[0] == 2 else { throw ModelError(.typeMismatch, "past of shape \(past.shape)") }
      pastLength = past.shape[3]
      let own = Array(past.shape.dropFirst())
      k = try concatenated([past.part(of: 0, from: 0, count: 1).reshaped(to: own), k], axis: 2)
      v = try concatenated([past.part(of: 0, from: 1, count: 1).reshaped(to: own), v], axis: 2)
    }
    var attention = HeadAttention(contribScale: scale)
    if let attentionBias { attention.bias.append(try attentionBias.converted(to: .float32)) }
    if let mask {
      attention.bias.append(
        try paddingBias(mask, batch: batch, queries: queries, total: k.shape[2], hidden: maskFilterValue ?? -10_000))
    }
    if unidirectional, queries > 1 { try attention.hideLaterKeys(queries: queries, start: pastLength, total: k.shape[2]) }
    let output = try attention(q, k, v).output.joinedHeads()
    guard k.shape == v.shape else { return [output] }
    let stacked = [1] + k.shape
    return [output, try concatenated([k.reshaped(to: stacked), v.reshaped(to: stacked)], axis: 0)]
  }
}
