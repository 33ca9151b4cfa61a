import Diagnostics
import GraphIR
import Tensors

/// Scaled dot-product attention: `softmax(softcap(q·kᵀ·scale) + bias)·v`.
///
/// `q` `[batch, q_heads, queries, size]`, `k` and `v` `[batch, kv_heads, keys, size]`, several query heads sharing one of the
/// others; or all three `[batch, length, heads·size]` with the numbers of heads as attributes. `past` keys and values come
/// before the given ones, and all of them are the second and third result. The fourth shows the scores; see `ScoreStage`.
/// A query that may look at no key gives zeros.
public struct Attention: Evaluable {
  public enum Operand: Int, OperandSlot {
    case q, k, v, mask, pastKey, pastValue, validKeys
    public var arity: Arity { rawValue < 3 ? .one : .optional }
  }
  /// Which scores the fourth result shows.
  public enum ScoreStage: Int, CaseIterable, Sendable { case products, capped, biased, probabilities }
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
  /// The raw value of a `ScoreStage`.
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
    guard q.shape[0] == k.shape[0], Array(k.shape[..<3]) == Array(v.shape[..<3]), q.shape[3] == k.shape[3], k.shape[1] > 0,
      q.shape[1] % k.shape[1] == 0, q.element == k.element, let stage = ScoreStage(rawValue: scoreMode)
    else { throw ModelError(.typeMismatch, "queries of \(q.shape), keys of \(k.shape) and values of \(v.shape)") }
    let products = try scores(q, k)
    let capped = try self.capped(products)
    var limits = AttentionLimits(queries: q.shape[2], keys: k.shape[2], before: k.shape[2] - fresh)
    (limits.isCausal, limits.left, limits.right) = (isCausal, leftWindow, rightWindow)
    if let valid = operands[.validKeys] { limits.valid = try validCounts(valid, batch: q.shape[0], keys: k.shape[2]) }
    let bias = try limits.bias(mask: operands[.mask], element: q.element)
    let biased = try bias.map { (bias) throws(ModelError) in try calculate(.add, capped, bias) } ?? capped
    guard biased.shape == products.shape else { throw ModelError(.typeMismatch, "a mask that does not fit scores of \(products.shape)") }
    let probabilities = try self.probabilities(biased, bias)
    let shared = try grouped(probabilities, heads: v.shape[1])
    let values = try v.converted(to: q.element).reshaped(to: [v.shape[0], v.shape[1], 1, v.shape[2], v.shape[3]])
    var result = try matrixProduct(shared, values).reshaped(to: Array(q.shape[..<3]) + [v.shape[3]])
    if isFlat { result = try result.transposed([0, 2, 1, 3]).reshaped(to: [q.shape[0], q.shape[2], q.shape[1] * v.shape[3]]) }
    let shown: Tensor
    switch stage {
    case .products: shown = products
    case .capped: shown = capped
    case .biased: shown = biased
    case .probabilities: shown = probabilities
    }
    return [result, k, v, shown]
  }

  /// The operand as `[batch, heads, length, size]`.
  private func headed(_ x: Tensor, _ heads: Int?) throws(ModelError) -> Tensor {
    if x.rank == 4 { return x }
    guard x.rank == 3, let heads, heads > 0, x.shape[2] % heads == 0 else {
      throw ModelError(.typeMismatch, "\(x.shape) in \(heads ?? 0) heads")
    }
    return try x.reshaped(to: [x.shape[0], x.shape[1], heads, x.shape[2] / heads]).transposed([0, 2, 1, 3])
  }

  /// `[batch, heads, …]` with an axis more for the query heads that share one of `heads`.
  private func grouped(_ x: Tensor, heads: Int) throws(ModelError) -> Tensor {
    try x.reshaped(to: [x.shape[0], heads, x.shape[1] / heads] + x.shape[2...])
  }

  private func scores(_ q: Tensor, _ k: Tensor) throws(ModelError) -> Tensor {
    // Both are scaled by the root, so that narrow floats do not overflow.
    let whole = scale.map(Double.init) ?? 1 / Double(max(q.shape[3], 1)).squareRoot()
    let root = try Tensor(.float64, [], elements: [whole.squareRoot()]).converted(to: q.element)
    let keys = try calculate(.multiply, k, root).transposed([0, 1, 3, 2])
    let queries = try grouped(calculate(.multiply, q, root), heads: k.shape[1])
    let spread = try keys.reshaped(to: [k.shape[0], k.shape[1], 1, k.shape[3], k.shape[2]])
    return try matrixProduct(queries, spread).reshaped(to: Array(q.shape[..<3]) + [k.shape[2]])
  }

  private func capped(_ scores: Tensor) throws(ModelError) -> Tensor {
    guard softcap > 0 else { return scores }
    let cap = try Tensor.scalar(softcap).converted(to: scores.element)
    return try calculate(.multiply, mapElements(of: calculate(.divide, scores, cap), by: Tanh()), cap)
  }

  /// Along the keys; zero for queries whose bias leaves no key.
  private func probabilities(_ scores: Tensor, _ bias: Tensor?) throws(ModelError) -> Tensor {
    let raw = try softmax(scores.converted(to: softmaxPrecision ?? scores.element), axis: 3, logarithm: false).converted(to: scores.element)
    guard let bias, let keys = scores.shape.last, keys > 0 else { return raw }
    let largest = try reduce(.maximum, bias.converted(to: .float32), axes: [bias.rank - 1])
    let lowest = try Tensor.scalar(-Float.infinity)
    let isEmpty = try compare(.equal, largest, lowest).reshaped(to: largest.shape + [1]).expanded(to: raw.shape)
    return try select(isEmpty, zero(raw.element).expanded(to: raw.shape), raw)
  }

  private func validCounts(_ valid: Tensor, batch: Int, keys: Int) throws(ModelError) -> [Int] {
    let counts = try valid.integers()
    guard counts.count == batch, counts.allSatisfy({ $0 >= 0 && $0 <= keys }) else {
      throw ModelError(.typeMismatch, "\(counts) valid keys of \(keys) for a batch of \(batch)")
    }
    return counts
  }
}
