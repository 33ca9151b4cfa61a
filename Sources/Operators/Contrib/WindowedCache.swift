import Diagnostics
import GraphIR
import Tensors

/// Past keys and values of `GroupQueryAttention` in buffers that hold the latest positions alone, from row 0 on, in order.
///
/// Of T positions, a buffer of C rows holds all while they fit; from then on it gives up C - W + 1 positions at once, W being the window,
/// so that at least W stay: how many is a function of T alone, whatever the steps were (ONNX Runtime, "Windowed KV Cache").
struct WindowedCache {
  private let capacity: Int
  private let window: Int

  /// Throws `invalidGraph` without a window or with a buffer smaller than it, `unsupported` where positions would be needed that are gone.
  init(_ op: GroupQueryAttention, _ operands: Operands<GroupQueryAttention.Operand, Tensor>) throws(ModelError) {
    capacity = operands[.pastKey].flatMap { $0.rank == 4 ? $0.shape[2] : nil } ?? 0
    window = op.localWindowSize
    guard window > 0, capacity >= window else {
      throw ModelError(.invalidGraph, "a window of \(window) in a cache of \(capacity)", at: Place(attribute: "sliding_window_cache"))
    }
    guard op.causal, operands[.attentionBias] == nil, op.qkOutput == 0 else {
      throw ModelError(.unsupported, "a sliding cache with a bias or scores for all keys", at: Place(attribute: "sliding_window_cache"))
    }
  }

  /// How many rows are held after `total` positions.
  func rows(after total: Int) -> Int {
    guard total > capacity else { return total }
    let step = capacity - window + 1
    return total - step * ((total - capacity + step - 1) / step)
  }

  /// The latest of the rows of `[B, M, rows, H]` that end before `ends`, at the beginning of buffers `[B, M, C, H]` of zeros.
  func latest(of cache: Tensor, ends: [Int], totals: [Int]) throws(ModelError) -> Tensor {
    let (batch, heads, rows, size) = (cache.shape[0], cache.shape[1], cache.shape[2], cache.shape[3])
    let old = try cache.elements(as: Float.self)
    var result = [Float](repeating: 0, count: try checkedCount(.float32, [batch, heads, capacity, size]))
    for row in 0..<batch * heads {
      let (end, count) = (ends[row / heads], self.rows(after: totals[row / heads]))
      guard count <= end, end <= rows else { throw ModelError(.typeMismatch, "\(count) rows of the \(end) that there are") }
      for index in 0..<count * size { result[row * capacity * size + index] = old[(row * rows + end - count) * size + index] }
    }
    return try Tensor(.float32, [batch, heads, capacity, size], elements: result)
  }
}
