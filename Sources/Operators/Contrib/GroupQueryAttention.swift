import Diagnostics
import GraphIR
import Tensors

/// Causal attention whose query has more heads than key and value, with past keys and values and rotary embedding.
///
/// `query` is `[B, S, N·H]`, `key` and `value` `[B, S, M·H]`, or all three one after the other in `query`; the past is `[B, M, P, H]`;
/// `lengths` `[B]` are the numbers of keys of each sequence less one; `totalLength` is the largest number of keys. Results:
/// `[B, S, N·H]`; keys and values with the past before them `[B, M, max(P, total), H]`; scores, as `qk_output` says.
public struct GroupQueryAttention: Evaluable {
  public enum Operand: Int, OperandSlot {
    case query, key, value, pastKey, pastValue, lengths, totalLength, cosines, sines, positions, attentionBias, sinks, keyScale, valueScale
    case queryNorm, keyNorm
    public var arity: Arity { self == .query || self == .lengths || self == .totalLength ? .one : .optional }
  }
  public static let name = "GroupQueryAttention"
  public static let domain = "com.microsoft"
  public static let since = 1
  public static let results: [Arity] = [.one, .optional, .optional, .optional]
  public static let attributes: [AttributeSpec<Self>] = [
    .bool("causal", \.causal), .optionalInt("do_rotary", \.doRotary), .string("k_quant_type", \.kQuantType),
    .optionalInt("kv_cache_bit_width", \.kvCacheBitWidth), .int("kv_num_heads", \.kvNumHeads), .int("local_window_size", \.localWindowSize),
    .int("num_heads", \.numHeads), .float("qk_norm_epsilon", \.qkNormEpsilon), .int("qk_output", \.qkOutput),
    .optionalInt("rotary_interleaved", \.rotaryInterleaved), .optionalFloat("scale", \.scale), .int("sliding_window_cache", \.slidingWindowCache),
    .int("smooth_softmax", \.smoothSoftmax), .optionalFloat("softcap", \.softcap), .string("v_quant_type", \.vQuantType),
  ]
  public var causal = true
  public var doRotary: Int?
  public var kQuantType: String? = "NONE"
  public var kvCacheBitWidth: Int?
  public var kvNumHeads = 1
  /// How many positions a query sees, its own included; -1 for all before it.
  public var localWindowSize = -1
  public var numHeads = 1
  public var qkNormEpsilon: Float = 1e-6
  /// 1: the fourth result is the scores before the softmax, 0 where a key is not seen; 2: after it.
  public var qkOutput = 0
  public var rotaryInterleaved: Int?
  public var scale: Float?
  /// 1: past and present hold the window alone, see `WindowedCache`; `lengths` and `totalLength` still count all keys.
  public var slidingWindowCache = 0
  /// 1: one more score of 0 takes part in the softmax.
  public var smoothSoftmax = -1
  public var softcap: Float?
  public var vQuantType: String? = "NONE"
  public init() {}

  private func checkHeads() throws(ModelError) {
    guard numHeads > 0, kvNumHeads > 0, numHeads % kvNumHeads == 0, numHeads < 1 << 20 else {
      throw ModelError(.invalidGraph, "\(numHeads) heads of queries for \(kvNumHeads) of keys", at: Place(attribute: "num_heads"))
    }
  }

  public func infer(_ operands: Operands<Operand, Fact>) throws(ModelError) -> [Fact] {
    let query = try operands.one(.query)
    try checkHeads()
    try requireRank(query, 3...3, "query")
    guard let element = try commonElement([query, operands[.key], operands[.value]]) else { return [.unknown] }
    let isQuantized = kQuantType ?? "NONE" != "NONE"
    let cache = operands[.pastKey]?.element ?? (isQuantized ? (kvCacheBitWidth == 4 ? .uint8 : .int8) : element)
    guard let shape = query.shape else { return [.tensor(element, nil), .tensor(cache, nil), .tensor(cache, nil), .tensor(element, nil)] }
    let isPacked = operands[.key] == nil
    let head = shape[2].floorDivided(by: .number(isPacked ? numHeads + 2 * kvNumHeads : numHeads))
    let past = operands[.pastKey] == nil ? Dim.number(0) : operands[.pastKey]?.shape.flatMap { $0.count == 4 ? $0[2] : nil } ?? .unknown
    let total = operands[.totalLength]?.scalarExpression ?? .unknown
    let kept: Dim = slidingWindowCache == 1 ? past : past == 0 ? total : Dim.maximum(past, total)
    let present = Fact.tensor(cache, [shape[0], .number(kvNumHeads), kept, isQuantized && kvCacheBitWidth == 4 ? head.floorDivided(by: 2) : head])
    return [
      .tensor(element, [shape[0], shape[1], head * .number(numHeads)]), present, present,
      .tensor(element, [shape[0], .number(numHeads), shape[1], total]),
    ]
  }

  public func evaluate(_ operands: Operands<Operand, Tensor>) throws(ModelError) -> [Tensor] {
    try checkHeads()
    return try GroupedStep(self, operands).results()
  }
}

/// One run of a `GroupQueryAttention`.
private struct GroupedStep {
  let op: GroupQueryAttention
  let operands: Operands<GroupQueryAttention.Operand, Tensor>
  let element: ElementType
  var q: Tensor
  var k: Tensor
  var v: Tensor
  /// Of each sequence, the number of keys.
  let totals: [Int]
  /// Of each sequence, the position of its first query.
  let starts: [Int]
  /// Of each sequence, how many rows of the past are read.
  let held: [Int]
  let window: WindowedCache?
  let isFirst: Bool

  init(_ op: GroupQueryAttention, _ operands: Operands<GroupQueryAttention.Operand, Tensor>) throws(ModelError) {
    self.op = op
    self.operands = operands
    let query = try operands.one(.query)
    element = query.element
    let wide = try query.converted(to: .float32)
    if let key = operands[.key], let value = operands[.value] {
      q = try wide.splitIntoHeads(op.numHeads)
      k = try key.converted(to: .float32).splitIntoHeads(op.kvNumHeads)
      v = try value.converted(to: .float32).splitIntoHeads(op.kvNumHeads)
    } else {
      let all = try wide.splitIntoHeads(op.numHeads + 2 * op.kvNumHeads)
      q = try all.part(of: 1, from: 0, count: op.numHeads)
      k = try all.part(of: 1, from: op.numHeads, count: op.kvNumHeads)
      v = try all.part(of: 1, from: op.numHeads + op.kvNumHeads, count: op.kvNumHeads)
    }
    let (batch, length) = (q.shape[0], q.shape[2])
    let lengths = try operands.one(.lengths).integers()
    let total = try operands.one(.totalLength).integers()
    guard lengths.count == batch, total.count == 1, total[0] >= 0, total[0] < 1 << 31, lengths.allSatisfy({ $0 >= 0 && $0 < total[0] }) else {
      throw ModelError(.typeMismatch, "\(lengths) keys less one for \(batch) sequences of at most \(total)")
    }
    totals = lengths.map { $0 + 1 }
    // In the first step, shorter sequences are padded at the end; later each has as many new keys as queries.
    let isFirst = total[0] == length
    self.isFirst = isFirst
    guard isFirst || totals.allSatisfy({ $0 >= length }) else { throw ModelError(.typeMismatch, "fewer keys than queries") }
    starts = totals.map { isFirst ? 0 : $0 - length }
    let window = op.slidingWindowCache == 1 ? try WindowedCache(op, operands) : nil
    held = starts.map { window?.rows(after: $0) ?? $0 }
    self.window = window
  }

  func results() throws(ModelError) -> [Tensor] {
    let (query, key) = try (prepared(q, operands[.queryNorm]), prepared(k, operands[.keyNorm]))
    let total = try operands.one(.totalLength).integers()[0]
    let capacity = window == nil
      ? max(operands[.pastKey]?.shape.dropFirst(2).first ?? 0, total) : (held.max() ?? 0) + q.shape[2]
    let keyForm = try CacheQuantization(op.kQuantType, operands[.keyScale], bits: op.kvCacheBitWidth ?? 8, of: operands[.pastKey])
    let valueForm = try CacheQuantization(op.vQuantType, operands[.valueScale], bits: op.kvCacheBitWidth ?? 8, of: operands[.pastValue])
    let keys = try cached(operands[.pastKey], key, capacity, keyForm)
    let values = try cached(operands[.pastValue], v, capacity, valueForm)
    var attention = HeadAttention(contribScale: op.scale)
    (attention.softcap, attention.sinks, attention.shown) = (op.softcap ?? 0, operands[.sinks], op.qkOutput == 2 ? .probabilities : .biased)
    if op.smoothSoftmax == 1, attention.sinks == nil {
      attention.sinks = try Tensor(.float32, [op.numHeads], elements: [Float](repeating: 0, count: op.numHeads))
    }
    if let bias = try operands[.attentionBias]?.converted(to: .float32) { attention.bias.append(try padded(bias, capacity)) }
    let hiding = try visibility(capacity)
    if let hiding { attention.bias.append(hiding) }
    let results = try attention(query, keys, values)
    var scores = results.scores
    if let hiding, op.qkOutput == 1 {
      let isHidden = try compare(.equal, hiding, Tensor.scalar(-Float.infinity)).expanded(to: scores.shape)
      scores = try select(isHidden, zero(.float32).expanded(to: scores.shape), scores)
    }
    let shown = try scores.part(of: 3, from: 0, count: min(total, capacity))
    return [
      try results.output.joinedHeads().converted(to: element), try kept(keys, keyForm), try kept(values, valueForm),
      try shown.converted(to: element),
    ]
  }

  private func kept(_ cache: Tensor, _ form: CacheQuantization?) throws(ModelError) -> Tensor {
    let cache = try window?.latest(of: cache, ends: ends, totals: totals) ?? cache
    let rows = totals.map { window?.rows(after: $0) ?? $0 }
    if let form { return try form.quantized(cache, totals: rows) }
    return try cache.converted(to: element)
  }

  /// Of each sequence, the row behind its last key.
  private var ends: [Int] { zip(totals, zip(starts, held)).map { total, past in past.1 + total - past.0 } }

  /// Heads normalised and turned by their positions, as far as asked for.
  private func prepared(_ heads: Tensor, _ norm: Tensor?) throws(ModelError) -> Tensor {
    var heads = heads
    if let norm {
      let unit = try scaledToUnitMeanSquare(heads, axis: 3, epsilon: op.qkNormEpsilon).y
      heads = try calculate(.multiply, unit, norm.converted(to: .float32))
    }
    guard op.doRotary ?? 0 == 1 else { return heads }
    guard let cosines = operands[.cosines], let sines = operands[.sines] else {
      throw ModelError(.invalidGraph, "rotary embedding without cosines and sines")
    }
    let length = heads.shape[2]
    var positions = starts.flatMap { start in (0..<length).map { start + $0 } }
    if let given = try operands[.positions].map({ (ids: Tensor) throws(ModelError) in try ids.integers() }), given.count == positions.count {
      // In the first step, one position stands for all sequences.
      positions = isFirst ? positions.map { $0 &+ (given.first ?? 0) } : given
    }
    return try Rotary(cosines: cosines, sines: sines, interleaved: op.rotaryInterleaved == 1)(heads, positions: positions)
  }

  /// The past of each sequence, cut to its own length, and what is new after it; zeros up to `capacity`.
  private func cached(_ past: Tensor?, _ new: Tensor, _ capacity: Int, _ form: CacheQuantization?) throws(ModelError) -> Tensor {
    // What goes through the cache is read from it.
    let new = try form.map { (form) throws(ModelError) in try form.numbers(form.quantized(new)) } ?? new
    let past = try form.map { (form) throws(ModelError) in try past.map { (past) throws(ModelError) in try form.numbers(past) } } ?? past
    let (batch, heads, length, size) = (new.shape[0], new.shape[1], new.shape[2], new.shape[3])
    let shape = [batch, heads, capacity, size]
    try checkedCount(.float32, shape)
    var old = try Tensor(.float32, [0], elements: [Float]())
    if let past { old = try past.converted(to: .float32) }
    let available = past.map { $0.rank == 4 ? $0.shape[2] : 0 } ?? 0
    if let past, past.shape != [batch, heads, available, size] { throw ModelError(.typeMismatch, "past of shape \(past.shape)") }
    for start in held where start > available || start + length > capacity {
      throw ModelError(.typeMismatch, "\(start) past keys where \(available) are held")
    }
    return try old.withElements(as: Float.self) { (old) throws(ModelError) in
      try new.withElements(as: Float.self) { (fresh) throws(ModelError) in
        try Tensor(.float32, shape, filling: Float.self) { to in
          to.update(repeating: 0)
          for row in 0..<batch * heads {
            let (start, first) = (held[row / heads], row * capacity * size)
            let kept = UnsafeBufferPointer(rebasing: old[row * available * size..<(row * available + start) * size])
            let added = UnsafeBufferPointer(rebasing: fresh[row * length * size..<(row + 1) * length * size])
            _ = to[first...].update(fromContentsOf: kept)
            _ = to[(first + start * size)...].update(fromContentsOf: added)
          }
        }
      }
    }
  }

  /// A bias for the largest number of keys, for as many as are held.
  private func padded(_ bias: Tensor, _ capacity: Int) throws(ModelError) -> Tensor {
    guard bias.rank == 4, bias.shape[3] < capacity else { return bias }
    var shape = bias.shape
    shape[3] = capacity - bias.shape[3]
    return try concatenated([bias, zero(.float32).reshaped(to: [1, 1, 1, 1]).expanded(to: shape)], axis: 3)
  }

  /// Which keys each query sees: `[B, 1, S, capacity]`.
  private func visibility(_ capacity: Int) throws(ModelError) -> Tensor? {
    let window = op.causal && op.localWindowSize > 0 ? op.localWindowSize - 1 : -1
    return try AttentionLimits(
      queries: q.shape[2], keys: capacity, starts: held, isCausal: op.causal, left: window, valid: ends
    ).bias()
  }
}
