import Diagnostics
import GraphIR
import Tensors

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

extension HeadAttention {
  /// As contrib operators say it: a scale of 0 means none is given.
  init(contribScale scale: Float?) { self.init(scale: scale == 0 ? nil : scale) }

  /// Lets queries that begin at `start` look at no later key of `total`.
  mutating func hideLaterKeys(queries: Int, start: Int, total: Int) throws(ModelError) {
    let limits = AttentionLimits(queries: queries, keys: total, starts: [start], isCausal: true, hidden: -.greatestFiniteMagnitude)
    if let hiding = try limits.bias() { bias.append(hiding) }
  }
}
