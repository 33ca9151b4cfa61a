import Diagnostics
import GraphIR
import Tensors

/// Scaled dot-product attention of heads that lie apart, in the queries' element type: `softmax(softcap(scale · q·kᵀ) + bias)·v`.
///
/// All attention operators end here. A query whose bias leaves it no key gives zeros.
struct HeadAttention {
  /// Absent means `1 / √size`.
  var scale: Float?
  /// Above 0: scores are `softcap · tanh(score / softcap)`.
  var softcap: Float = 0
  /// What is added to the scores; each broadcasts to `[B, N, S, T]`.
  var bias: [Tensor] = []
  /// One more score a head that takes part in the softmax and has no value: `[N]`.
  var sinks: Tensor?
  var softmaxPrecision: ElementType?
  /// Which scores are given back.
  var shown = ScoreStage.biased

  /// A stage on the way from products to weights.
  enum ScoreStage: Int, CaseIterable { case products, capped, biased, probabilities }

  struct Results {
    /// `[B, N, S, V]`
    var output: Tensor
    /// `[B, N, S, T]`
    var scores: Tensor
  }

  /// `q` is `[B, N, S, H]`, `k` `[B, M, T, H]`, `v` `[B, M, T, V]`, N a multiple of M: neighbouring heads of `q` share one of `k` and `v`.
  func callAsFunction(_ q: Tensor, _ k: Tensor, _ v: Tensor) throws(ModelError) -> Results {
    guard q.rank == 4, k.rank == 4, v.rank == 4, q.shape[0] == k.shape[0], k.shape[..<3] == v.shape[..<3], q.shape[3] == k.shape[3],
      k.shape[1] > 0, q.shape[1] % k.shape[1] == 0, q.element == k.element
    else { throw ModelError(.typeMismatch, "queries of \(q.shape), keys of \(k.shape) and values of \(v.shape)") }
    // The rows of heads that share a key lie behind each other.
    let shared = [q.shape[0], k.shape[1], q.shape[1] / k.shape[1] * q.shape[2]]
    let products = try products(q, k, shared)
    let capped = try self.capped(products)
    let bias = try summed(for: capped)
    let biased = try bias.map { (bias) throws(ModelError) in try calculate(.add, capped, bias) } ?? capped
    let weights = try cleared(normalized(biased), bias)
    let values = try v.converted(to: q.element)
    let output = try matrixProduct(weights.reshaped(to: shared + [k.shape[2]]), values).reshaped(to: q.shape.dropLast() + [v.shape[3]])
    return Results(output: output, scores: [products, capped, biased, weights][shown.rawValue])
  }

  private func products(_ q: Tensor, _ k: Tensor, _ shared: Shape) throws(ModelError) -> Tensor {
    let whole = scale.map(Double.init) ?? 1 / Double(max(q.shape[3], 1)).squareRoot()
    // Of narrow floats both are scaled by the root, so that products do not overflow.
    let byRoot = q.element.bitWidth < 32 && whole >= 0
    let factor = try Tensor(.float64, [], elements: [byRoot ? whole.squareRoot() : whole]).converted(to: q.element)
    let queries = try calculate(.multiply, q, factor).reshaped(to: shared + [q.shape[3]])
    let keys = byRoot ? try calculate(.multiply, k, factor) : k
    return try matrixProduct(queries, keys, isTransposed: true).reshaped(to: q.shape.dropLast() + [k.shape[2]])
  }

  private func capped(_ scores: Tensor) throws(ModelError) -> Tensor {
    guard softcap > 0 else { return scores }
    let cap = try Tensor.scalar(softcap).converted(to: scores.element)
    return try calculate(.multiply, mapElements(of: calculate(.divide, scores, cap), by: Tanh()), cap)
  }

  /// The sum of the biases, in the scores' element type.
  private func summed(for scores: Tensor) throws(ModelError) -> Tensor? {
    guard var sum = try bias.first?.converted(to: .float32) else { return nil }
    for part in bias.dropFirst() { sum = try calculate(.add, sum, part.converted(to: .float32)) }
    guard try broadcast([scores.shape, sum.shape]) == scores.shape else {
      throw ModelError(.typeMismatch, "a bias of shape \(sum.shape) for scores of \(scores.shape)")
    }
    return try sum.converted(to: scores.element)
  }

  /// The softmax along the keys.
  private func normalized(_ scores: Tensor) throws(ModelError) -> Tensor {
    let precise = try scores.converted(to: softmaxPrecision ?? scores.element)
    guard let sinks else { return try softmax(precise, axis: 3, logarithm: false).converted(to: scores.element) }
    guard sinks.count == scores.shape[1] else { throw ModelError(.typeMismatch, "\(sinks.count) sinks for \(scores.shape[1]) heads") }
    let column = try sinks.converted(to: precise.element).reshaped(to: [1, scores.shape[1], 1, 1]).expanded(to: scores.shape.dropLast() + [1])
    let weights = try softmax(concatenated([precise, column], axis: 3), axis: 3, logarithm: false)
    return try weights.part(of: 3, from: 0, count: scores.shape[3]).converted(to: scores.element)
  }

  /// Zeros for queries that the bias leaves no key.
  private func cleared(_ weights: Tensor, _ bias: Tensor?) throws(ModelError) -> Tensor {
    guard let bias, bias.rank > 0, bias.count > 0, weights.count > 0 else { return weights }
    let largest = try reduce(.maximum, bias.converted(to: .float32), axes: [bias.rank - 1])
    let hasEmpty = try largest.withElements(as: Float.self) { $0.contains(-.infinity) }
    guard hasEmpty else { return weights }
    let isEmpty = try compare(.equal, largest, Tensor.scalar(-Float.infinity)).reshaped(to: largest.shape + [1]).expanded(to: weights.shape)
    return try select(isEmpty, zero(weights.element).expanded(to: weights.shape), weights)
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
