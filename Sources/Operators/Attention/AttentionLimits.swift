import Diagnostics
import GraphIR
import Tensors

/// Which keys a query may look at by its position.
struct AttentionLimits {
  var queries: Int
  var keys: Int
  /// The position of the first query among the keys: of each sequence, or one for all.
  var starts: [Int]
  /// Whether a query looks at no later key.
  var isCausal = false
  /// How far back and ahead it looks; negative for all the way.
  var left = -1
  var right = -1
  /// Of each sequence, the number of keys that are no padding.
  var valid: [Int]?
  /// What is added to the score of a key that may not be looked at.
  var hidden = -Float.infinity

  /// What is added to the scores: `[sequences or 1, 1, queries, keys]`; `nil` for nothing.
  func bias() throws(ModelError) -> Tensor? {
    guard isCausal || left >= 0 || right >= 0 || valid != nil else { return nil }
    let sequences = max(starts.count, valid?.count ?? 1)
    let shape = [sequences, 1, queries, keys]
    try checkedCount(.float32, shape)
    return try Tensor(.float32, shape, filling: Float.self) { to in
      to.update(repeating: hidden)
      for row in 0..<sequences * queries {
        let seen = seen(by: row % queries, in: row / queries)
        for key in seen { to[row * keys + key] = 0 }
      }
    }
  }

  private func seen(by query: Int, in sequence: Int) -> Range<Int> {
    let position = query + starts[starts.count == 1 ? 0 : sequence]
    var end = min(keys, valid?[sequence] ?? keys)
    if isCausal { end = min(end, position + 1) }
    if right >= 0 { end = min(end, position.saturatingAdd(right).saturatingAdd(1)) }
    let first = left >= 0 ? max(0, position.saturatingAdd(-left)) : 0
    return first..<max(first, end)
  }
}

extension Int {
  fileprivate func saturatingAdd(_ other: Int) -> Int {
    let (sum, overflow) = addingReportingOverflow(other)
    return overflow ? (other < 0 ? .min : .max) : sum
  }
}

/// A mask as what is added to scores, of `keys` keys: where it is false, or beyond its end, negative infinity. 32-bit floats.
func maskBias(_ mask: Tensor, keys: Int) throws(ModelError) -> Tensor {
  guard let length = mask.shape.last, length <= keys else { throw ModelError(.typeMismatch, "a mask of \(mask.shape) for \(keys) keys") }
  var numbers = try mask.converted(to: .float32)
  if mask.element == .bool {
    numbers = try Tensor(.float32, mask.shape, elements: mask.elements(as: UInt8.self).map { $0 != 0 ? Float(0) : -.infinity })
  }
  if length == 1 || length == keys { return numbers }
  let rest = try Tensor.scalar(-Float.infinity).expanded(to: mask.shape.dropLast() + [keys - length])
  return try concatenated([numbers, rest], axis: mask.rank - 1)
}
