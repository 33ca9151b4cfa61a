import Diagnostics
import GraphIR
import Tensors

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Scaled dot-product attention of heads that lie apart, in 32-bit floats: softmax(scale · q·kᵀ + bias)·v.
struct HeadAttention {
  var scale: Float
  /// What is added to the scaled products; it broadcasts to `[B, N, S, T]`.
  var bias: [Tensor] = []
  /// Above 0: scores are `softcap · tanh(score / softcap)`.
  var softcap: Float = 0
  /// One more score a head that takes part in the softmax and has no value: `[N]`.
  var sinks: Tensor?

  struct Results {
    /// `[B, N, S, V]`
    var output: Tensor
    /// Before the softmax, bias and cap included.
    var scores: Tensor
    var weights: Tensor
  }

  /// `q` is `[B, N, S, H]`, `k` `[B, M, T, H]`, `v` `[B, M, T, V]`, N a multiple of M: neighbouring heads of `q` share one of `k` and `v`.
  func callAsFunction(_ q: Tensor, _ k: Tensor, _ v: Tensor) throws(ModelError) -> Results {
    guard q.rank == 4, k.rank == 4, v.rank == 4, k.shape[1] > 0, q.shape[1] % k.shape[1] == 0, k.shape[1] == v.shape[1] else {
      throw ModelError(.typeMismatch, "attention of heads of \(q.shape), \(k.shape) and \(v.shape)")
    }
    let shared = q.shape[1] / k.shape[1]
    let heads = (0..<q.shape[1]).map { $0 / shared }
    let (keys, values) = shared == 1 ? (k, v) : (try k.taking(heads, axis: 1), try v.taking(heads, axis: 1))
    var scores = try calculate(.multiply, matrixProduct(q, keys.transposed([0, 1, 3, 2])), Tensor.scalar(scale))
    if softcap > 0 { scores = try capped(scores) }
    for part in bias {
      guard try broadcast([scores.shape, part.shape]) == scores.shape else {
        throw ModelError(.typeMismatch, "a bias of shape \(part.shape) for scores of \(scores.shape)")
      }
      scores = try calculate(.add, scores, part)
    }
    let weights = try normalized(scores)
    return Results(output: try matrixProduct(weights, values), scores: scores, weights: weights)
  }

  private func capped(_ scores: Tensor) throws(ModelError) -> Tensor {
    let cap = try Tensor.scalar(softcap)
    return try calculate(.multiply, mapElements(of: calculate(.divide, scores, cap), by: Tanh()), cap)
  }

  private func normalized(_ scores: Tensor) throws(ModelError) -> Tensor {
    guard let sinks else { return try softmax(scores, axis: 3, logarithm: false) }
    guard sinks.count == scores.shape[1] else { throw ModelError(.typeMismatch, "\(sinks.count) sinks for \(scores.shape[1]) heads") }
    var shape = scores.shape
    shape[3] = 1
    let column = try sinks.converted(to: .float32).reshaped(to: [1, scores.shape[1], 1, 1]).expanded(to: shape)
    let weights = try softmax(concatenated([scores, column], axis: 3), axis: 3, logarithm: false)
    return try weights.part(of: 3, from: 0, count: scores.shape[3])
  }
}

extension Tensor {
  /// `[B, S, N·H]` as `[B, N, S, H]`. Throws `typeMismatch` when the last axis cannot be divided.
  func splitIntoHeads(_ heads: Int) throws(ModelError) -> Tensor {
    guard rank == 3, heads > 0, shape[2] % heads == 0 else { throw ModelError(.typeMismatch, "\(shape) in \(heads) heads") }
    return try reshaped(to: [shape[0], shape[1], heads, shape[2] / heads]).transposed([0, 2, 1, 3])
  }

  /// `[B, N, S, H]` as `[B, S, N·H]`.
  func joinedHeads() throws(ModelError) -> Tensor {
    try transposed([0, 2, 1, 3]).reshaped(to: [shape[0], shape[2], shape[1] * shape[3]])
  }
}

/// The scale by which products of heads of `size` are divided unless another is given.
func headScale(_ scale: Float?, size: Int) -> Float {
  guard let scale, scale != 0 else { return size == 0 ? 1 : 1 / Float(size).squareRoot() }
  return scale
}

/// Zero where the key at a position may be seen, and a large negative number elsewhere: `[S, T]`, for queries that begin at `past`.
///
/// `window` is how many positions before its own a query sees; `nil` for all.
func causalBias(queries: Int, past: Int, total: Int, window: Int? = nil, hidden: Float = -.greatestFiniteMagnitude) throws(ModelError) -> Tensor {
  try checkedCount(.float32, [queries, total])
  return try Tensor(.float32, [queries, total], filling: Float.self) { to in
    for query in 0..<queries {
      let own = past + query
      let first = window.map { own - $0 } ?? 0
      for position in 0..<total { to[query * total + position] = position <= own && position >= first ? 0 : hidden }
    }
  }
}

/// The bias that a padding mask means, by its shape; broadcast to `[B, 1, S, T]`.
///
/// `[B]`: how many keys count. `[2B]`: ends, then begins, of those that count. `[3B+2]`: how many count, then where the sequences begin in
/// a packed form that means nothing here. `[B, T]` and `[B, S, T]`: 0 where a key does not count.
func paddingBias(_ mask: Tensor, batch: Int, queries: Int, total: Int, hidden: Float) throws(ModelError) -> Tensor {
  let values = try mask.integers()
  func rows(_ shape: Shape, _ counts: (Int, Int) -> Bool) throws(ModelError) -> Tensor {
    try checkedCount(.float32, shape)
    return try Tensor(.float32, shape, filling: Float.self) { to in
      for index in 0..<to.count { to[index] = counts(index / max(total, 1), index % max(total, 1)) ? 0 : hidden }
    }
  }
  switch mask.shape {
  case [batch]: return try rows([batch, 1, 1, total]) { $1 < values[$0] }
  case [2 * batch]: return try rows([batch, 1, 1, total]) { $1 < values[$0] && $1 >= values[batch + $0] }
  case [3 * batch + 2]: return try rows([batch, 1, 1, total]) { $1 < values[$0] }
  case [batch, total]: return try rows([batch, 1, 1, total]) { values[$0 * total + $1] > 0 }
  case [batch, queries, total]: return try rows([batch, 1, queries, total]) { values[$0 * total + $1] > 0 }
  default: throw ModelError(.unsupported, "a mask of shape \(mask.shape) for \(batch) sequences of \(queries) queries and \(total) keys")
  }
}
