import Diagnostics
import GraphIR
import Tensors

/// Scaled dot-product attention: `softmax(softcap(q·kᵀ·scale) + bias)·v`.
///
/// `q` `[batch, q_heads, queries, size]`, `k` and `v` `[batch, kv_heads, keys, size]`, several query heads sharing one of the
/// others; or all three `[batch, length, heads·size]` with the numbers of heads as attributes. `past` keys and values come
/// before the given ones, and all of them are the second and third result. The fourth shows the scores; see `HeadAttention.ScoreStage`.
/// A query that may look at no key gives zeros.
public struct Attention: Evaluable {
  public enum Operand: Int, OperandSlot {
    case q, k, v, mask, pastKey, pastValue, validKeys
    public var arity: Arity { rawValue < 3 ? .one : .optional }
  }
  public static let name = "Attention"
  public static let since = 25
  public static let results: [Arity] = [.one, .optional, .optional, .optional]
  public static let attributes: [AttributeSpec<Self>] = [
    .bool("is_causal", \.isCausal), .optionalInt("kv_num_heads", \.kvHeads), .int("left_window_size", \.leftWindow),
    .optionalInt("q_num_heads", \.qHeads), .int("qk_matmul_output_mode", \.scoreMode), .int("right_window_size", \.rightWindow),
    .optionalFloat("scale", \.scale), .float("softcap", \.softcap), .optionalElement("softmax_precision", \.softmaxPrecision),
  ]
  /// Whether a query looks at no later key.
  public var isCausal = false
  public var kvHeads: Int?
  /// How many keys before its own position a query looks at; negative for all.
  public var leftWindow = -1
  public var qHeads: Int?
  /// Which scores the fourth result shows: 0 the scaled products, 1 capped, 2 with the bias, 3 the weights.
  public var scoreMode = 0
  public var rightWindow = -1
  /// Absent means `1 / √size`.
  public var scale: Float?
  /// Scores become `softcap · tanh(score / softcap)`; 0 for as they are.
  public var softcap: Float = 0
  public var softmaxPrecision: ElementType?
  public init() {}

  public func infer(_ operands: Operands<Operand, Fact>) throws(ModelError) -> [Fact] {
    let (q, k, v) = try (operands.one(.q), operands.one(.k), operands.one(.v))
    for fact in [q, k, v] { try requireRank(fact, 3...4, "q, k or v") }
    guard let query = try split(q, qHeads), let key = try split(k, kvHeads), let value = try split(v, kvHeads) else {
      return [try q.reshaped(q.shape.map { .unknown(rank: $0.count) }), try k.reshaped(nil), try v.reshaped(nil), try q.reshaped(nil)]
    }
    var total = key[2]
    if let past = operands[.pastKey] { total = past.shape.map { $0.count == 4 && total != .unknown ? $0[2] + total : .unknown } ?? .unknown }
    let result = q.shape?.count == 3 ? [query[0], query[2], query[1] * value[3]] : [query[0], query[1], query[2], value[3]]
    return [
      try q.reshaped(result), try k.reshaped([key[0], key[1], total, key[3]]), try v.reshaped([value[0], value[1], total, value[3]]),
      try q.reshaped([query[0], query[1], query[2], total]),
    ]
  }

  /// The sizes as batch, heads, length and size of a head.
  private func split(_ fact: Fact, _ heads: Int?) throws(ModelError) -> [Dim]? {
    guard let shape = fact.shape else { return nil }
    if shape.count == 4 { return shape }
    guard let heads, heads > 0 else { throw ModelError(.invalidGraph, "the number of heads is missing", at: Place(attribute: "q_num_heads")) }
    return [shape[0], .number(heads), shape[1], shape[2] == .unknown ? .unknown : shape[2].floorDivided(by: .number(heads))]
  }

  public func evaluate(_ operands: Operands<Operand, Tensor>) throws(ModelError) -> [Tensor] {
    let isFlat = try operands.one(.q).rank == 3
    let q = try headed(operands.one(.q), qHeads)
    var (k, v) = (try headed(operands.one(.k), kvHeads), try headed(operands.one(.v), kvHeads))
    let fresh = k.shape[2]
    if let past = operands[.pastKey] { k = try concatenated([past, k], axis: 2) }
    if let past = operands[.pastValue] { v = try concatenated([past, v], axis: 2) }
    guard let stage = HeadAttention.ScoreStage(rawValue: scoreMode) else {
      throw ModelError(
        .invalidGraph, "unknown value \(scoreMode)", at: Place(attribute: "qk_matmul_output_mode"), notes: ["expected 0, 1, 2 or 3"])
    }
    let (queries, keys) = (q.shape[2], k.shape[2])
    let valid = try operands[.validKeys].map { (given) throws(ModelError) in try validCounts(given, batch: q.shape[0], keys: keys) }
    // In a cache, the queries' own keys are at the end of those that count.
    let starts = keys > fresh ? [keys - fresh] : valid?.map { $0 - queries } ?? [0]
    let limits = AttentionLimits(
      queries: queries, keys: keys, starts: starts, isCausal: isCausal, left: leftWindow, right: rightWindow, valid: valid)
    var attention = HeadAttention(scale: scale, softcap: softcap, softmaxPrecision: softmaxPrecision, shown: stage)
    if let mask = operands[.mask] { attention.bias.append(try maskBias(mask, keys: keys)) }
    if let hiding = try limits.bias() { attention.bias.append(hiding) }
    let results = try attention(q, k, v)
    return [isFlat ? try results.output.joinedHeads() : results.output, k, v, results.scores]
  }

  /// The operand as `[batch, heads, length, size]`.
  private func headed(_ x: Tensor, _ heads: Int?) throws(ModelError) -> Tensor {
    x.rank == 4 ? x : try x.splitIntoHeads(heads ?? 0)
  }

  private func validCounts(_ valid: Tensor, batch: Int, keys: Int) throws(ModelError) -> [Int] {
    let counts = try valid.integers()
    guard counts.count == batch, counts.allSatisfy({ $0 >= 0 && $0 <= keys }) else {
      throw ModelError(.typeMismatch, "\(counts) valid keys of \(keys) for a batch of \(batch)")
    }
    return counts
  }
}
