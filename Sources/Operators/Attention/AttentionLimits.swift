import Diagnostics
import GraphIR
import Tensors

/// Which keys a query may look at, apart from a mask.
struct AttentionLimits {
  var queries: Int
  var keys: Int
  /// Keys before the first query's own.
  var before: Int
  var isCausal = false
  /// How far back and ahead; negative for all the way.
  var left = -1
  var right = -1
  /// By batch, the number of keys that are no padding, when they are a cache that holds the queries' own at its end.
  var valid: [Int]?

  init(queries: Int, keys: Int, before: Int) {
    self.queries = queries
    self.keys = keys
    self.before = before
  }

  private var isOpen: Bool { !isCausal && left < 0 && right < 0 && valid == nil }

  private func allows(_ query: Int, _ key: Int, batch: Int) -> Bool {
    let offset = before > 0 || valid == nil ? before : (valid?[batch] ?? 0) - queries
    let position = query + offset
    if isCausal && key > position { return false }
    if left >= 0 && position - key > left { return false }
    if right >= 0 && key - position > right { return false }
    return valid.map { key < $0[batch] } ?? true
  }

  /// What is added to the scores: `[batch or 1, 1, queries, keys]` combined with a mask of booleans or numbers, which may be
  /// shorter than the keys; `nil` for nothing.
  func bias(mask: Tensor?, element: ElementType) throws(ModelError) -> Tensor? {
    var result = try mask.map { (mask) throws(ModelError) in try numbers(mask) }
    if !isOpen {
      let batches = valid?.count ?? 1
      try checkedCount(.float32, [batches, queries, keys])
      var values: [Float] = []
      values.reserveCapacity(batches * queries * keys)
      for batch in 0..<batches {
        for query in 0..<queries {
          for key in 0..<keys { values.append(allows(query, key, batch: batch) ? 0 : -.infinity) }
        }
      }
      let limits = try Tensor(.float32, [batches, 1, queries, keys], elements: values)
      result = try result.map { (mask) throws(ModelError) in try calculate(.add, mask, limits) } ?? limits
    }
    return try result?.converted(to: element)
  }

  /// The mask as 32-bit floats of all keys: what is false, or beyond its end, is negative infinity.
  private func numbers(_ mask: Tensor) throws(ModelError) -> Tensor {
    var numbers = try mask.converted(to: .float32)
    if mask.element == .bool {
      numbers = try Tensor(.float32, mask.shape, elements: mask.elements(as: UInt8.self).map { $0 != 0 ? Float(0) : -.infinity })
    }
    guard let length = mask.shape.last, length <= keys else { throw ModelError(.typeMismatch, "a mask of \(mask.shape) for \(keys) keys") }
    if length == 1 || length == keys { return numbers }
    let rest = try Tensor.scalar(-Float.infinity).expanded(to: mask.shape.dropLast() + [keys - length])
    return try concatenated([numbers, rest], axis: mask.rank - 1)
  }
}
