import Diagnostics
import GraphIR
import Tensors

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Attention as a recurrence over a state `S` `[key size, value size]` of each head:
/// `S ← e^decay · S + k ⊗ u`, `o = scale · qᵀ·S`, where `u = v`, or `β·(v - Sᵀ·k)` with the decayed state for the delta rules.
///
/// `q` `[batch, length, q_heads·size]`, `k` and `v` with `kv_heads`, several query heads sharing a state. `decay` is
/// `[batch, length, kv_heads]` or `[…, kv_heads·size]`, `beta` `[batch, length, kv_heads or 1]`. Results: `o`, and the last state
/// `[batch, kv_heads, key size, value size]`.
public struct LinearAttention: Evaluable {
  public enum Operand: Int, OperandSlot {
    case q, k, v, pastState, decay, beta
    public var arity: Arity { rawValue < 3 ? .one : .optional }
  }
  public enum UpdateRule: String, CaseIterable, Sendable {
    case linear, gated, delta
    case gatedDelta = "gated_delta"
  }
  public static let name = "LinearAttention"
  public static let since = 27
  public static let results: [Arity] = [.one, .one]
  public static let attributes: [AttributeSpec<Self>] = [
    .int("chunk_size", \.chunkSize), .int("kv_num_heads", \.kvHeads), .int("q_num_heads", \.qHeads), .float("scale", \.scale),
    .choice("update_rule", \.updateRule),
  ]
  /// A hint for implementations that work in chunks.
  public var chunkSize = 64
  public var kvHeads = 1
  public var qHeads = 1
  /// 0 for `1 / √size`.
  public var scale: Float = 0
  public var updateRule = UpdateRule.gatedDelta
  public init() {}

  public func infer(_ operands: Operands<Operand, Fact>) throws(ModelError) -> [Fact] {
    let (q, k, v) = try (operands.one(.q), operands.one(.k), operands.one(.v))
    for fact in [q, k, v] { try requireRank(fact, 3...3, "q, k or v") }
    try checkHeads()
    guard let query = q.shape, let value = v.shape, query[2] != .unknown, value[2] != .unknown else {
      return [try q.reshaped(.unknown(rank: 3)), try (operands[.pastState] ?? q).reshaped(.unknown(rank: 4))]
    }
    let (keySize, valueSize) = (query[2].floorDivided(by: .number(qHeads)), value[2].floorDivided(by: .number(kvHeads)))
    return [
      try q.reshaped([query[0], query[1], valueSize * .number(qHeads)]),
      try (operands[.pastState] ?? q).reshaped([query[0], .number(kvHeads), keySize, valueSize]),
    ]
  }

  private func checkHeads() throws(ModelError) {
    guard kvHeads > 0, qHeads > 0, qHeads % kvHeads == 0 else {
      throw ModelError(.invalidGraph, "\(qHeads) heads that share \(kvHeads)", at: Place(attribute: "q_num_heads"))
    }
  }

  public func evaluate(_ operands: Operands<Operand, Tensor>) throws(ModelError) -> [Tensor] {
    let (q, k, v) = try (operands.one(.q), operands.one(.k), operands.one(.v))
    try checkHeads()
    guard q.rank == 3, k.rank == 3, v.rank == 3, q.shape[2] % qHeads == 0, v.shape[2] % kvHeads == 0,
      k.shape == [q.shape[0], q.shape[1], q.shape[2] / qHeads * kvHeads], Array(v.shape[..<2]) == Array(q.shape[..<2])
    else { throw ModelError(.typeMismatch, "queries of \(q.shape), keys of \(k.shape) and values of \(v.shape)") }
    let (batch, length, keySize, valueSize) = (q.shape[0], q.shape[1], q.shape[2] / qHeads, v.shape[2] / kvHeads)
    let stateShape = [batch, kvHeads, keySize, valueSize]
    try checkedCount(.float32, stateShape)
    try checkedCount(.float32, [batch, length, qHeads, valueSize])
    let (isGated, isDelta) = (updateRule == .gated || updateRule == .gatedDelta, updateRule == .delta || updateRule == .gatedDelta)
    let (decay, beta) = (operands[.decay], operands[.beta])
    guard (decay != nil) == isGated, (beta != nil) == isDelta, operands[.pastState].map({ $0.shape == stateShape }) ?? true,
      decay.map({ $0.shape == [batch, length, kvHeads] || $0.shape == k.shape }) ?? true,
      beta.map({ $0.shape == [batch, length, kvHeads] || $0.shape == [batch, length, 1] }) ?? true
    else { throw ModelError(.typeMismatch, "state, decay or beta do not fit the update rule \(updateRule.rawValue)") }
    var recurrence = try LinearRecurrence(
      heads: kvHeads, shared: qHeads / kvHeads, keySize: keySize, valueSize: valueSize,
      scale: scale == 0 ? 1 / Float(keySize).squareRoot() : scale, q: q.floats(), k: k.floats(), v: v.floats(), decay: decay?.floats(),
      decaySize: decay?.shape == k.shape ? keySize : 1, beta: beta?.floats(), betaHeads: beta?.shape[2] ?? 1,
      state: operands[.pastState]?.floats() ?? [Float](repeating: 0, count: batch * kvHeads * keySize * valueSize))
    let output = recurrence.run(batch: batch, length: length)
    return [
      try Tensor(.float32, [batch, length, qHeads * valueSize], elements: output).converted(to: q.element),
      try Tensor(.float32, stateShape, elements: recurrence.state).converted(to: operands[.pastState]?.element ?? q.element),
    ]
  }
}

private struct LinearRecurrence {
  var heads, shared, keySize, valueSize: Int
  var scale: Float
  var q, k, v: [Float]
  var decay: [Float]?
  var decaySize: Int
  var beta: [Float]?
  var betaHeads: Int
  var state: [Float]

  mutating func run(batch: Int, length: Int) -> [Float] {
    var output = [Float](repeating: 0, count: batch * length * heads * shared * valueSize)
    for sequence in 0..<batch {
      for head in 0..<heads {
        for step in 0..<length { advance(sequence * length + step, head, state: (sequence * heads + head) * keySize * valueSize, &output) }
      }
    }
    return output
  }

  private mutating func advance(_ row: Int, _ head: Int, state start: Int, _ output: inout [Float]) {
    let (key, value) = ((row * heads + head) * keySize, (row * heads + head) * valueSize)
    if let decay {
      for i in 0..<keySize {
        let factor = exp(decay[(row * heads + head) * decaySize + (decaySize == 1 ? 0 : i)])
        for j in 0..<valueSize { state[start + i * valueSize + j] *= factor }
      }
    }
    for j in 0..<valueSize {
      var update = v[value + j]
      if let beta {
        var known: Float = 0
        for i in 0..<keySize { known += state[start + i * valueSize + j] * k[key + i] }
        update = beta[row * betaHeads + (betaHeads == 1 ? 0 : head)] * (update - known)
      }
      for i in 0..<keySize { state[start + i * valueSize + j] += k[key + i] * update }
    }
    for reader in head * shared..<(head + 1) * shared {
      let (query, target) = ((row * heads * shared + reader) * keySize, (row * heads * shared + reader) * valueSize)
      for i in 0..<keySize {
        let weight = q[query + i] * scale
        for j in 0..<valueSize { output[target + j] += weight * state[start + i * valueSize + j] }
      }
    }
  }
}
