import Diagnostics
import GraphIR
import Tensors

/// Attention between a query and a key and value, each projected already.
///
/// `query` is `[B, S, N·H]`, `key` `[B, L, N·H]` and `value` `[B, L, N·V]`, or heads apart `[B, N, L, H]`; or `query` holds all three
/// `[B, S, N, 3, H]`, or `key` two `[B, L, N, 2, H]`. Results: `[B, S, N·V]`; keys and values with the past before them `[B, N, P+L, H]`;
/// the scores before the softmax `[B, N, S, P+L]`.
public struct MultiHeadAttention: Evaluable {
  public enum Operand: Int, OperandSlot {
    case query, key, value, bias, paddingMask, attentionBias, pastKey, pastValue, pastLength, cacheIndirection
    public var arity: Arity { self == .query ? .one : .optional }
  }
  public static let name = "MultiHeadAttention"
  public static let domain = "com.microsoft"
  public static let since = 1
  public static let results: [Arity] = [.one, .optional, .optional, .optional]
  public static let attributes: [AttributeSpec<Self>] = [
    .optionalFloat("mask_filter_value", \.maskFilterValue), .int("num_heads", \.numHeads), .optionalFloat("scale", \.scale),
    .bool("unidirectional", \.unidirectional),
  ]
  public var maskFilterValue: Float?
  public var numHeads = 1
  public var scale: Float?
  public var unidirectional = false
  public init() {}

  public func infer(_ operands: Operands<Operand, Fact>) throws(ModelError) -> [Fact] {
    let query = try operands.one(.query)
    guard numHeads > 0 else { throw ModelError(.invalidGraph, "\(numHeads) heads", at: Place(attribute: "num_heads")) }
    let element = try commonElement([query, operands[.key], operands[.value], operands[.bias], operands[.attentionBias]])
    guard let element else { return [.unknown] }
    guard let shape = query.shape else { return [.tensor(element, nil)] }
    guard shape.count == 3 || shape.count == 5 else { throw ModelError(.typeMismatch, "a query of rank \(shape.count)") }
    let heads = Dim.number(numHeads)
    var (width, headSize, valueSize, length): (Dim, Dim, Dim, Dim) = (.unknown, .unknown, .unknown, shape[1])
    if shape.count == 5 {
      (width, headSize, valueSize) = (shape[2] * shape[4], shape[4], shape[4])
    } else if let key = operands[.key]?.shape, key.count == 5 {
      (width, headSize, valueSize, length) = (shape[2], key[4], key[4], key[1])
    } else if let value = operands[.value]?.shape, value.count == 3 || value.count == 4 {
      headSize = shape[2].floorDivided(by: heads)
      (valueSize, length) = value.count == 3 ? (value[2].floorDivided(by: heads), value[1]) : (value[3], value[2])
      width = value.count == 3 ? value[2] : value[3] * heads
    }
    var total = length
    if let past = operands[.pastKey] {
      // A shared buffer has room for what is new.
      total = past.shape.flatMap { $0.count == 4 ? (operands[.pastLength] == nil ? $0[2] + length : $0[2]) : nil } ?? .unknown
    }
    return [
      .tensor(element, [shape[0], shape[1], width]), .tensor(element, [shape[0], heads, total, headSize]),
      .tensor(element, [shape[0], heads, total, valueSize]), .tensor(element, [shape[0], heads, shape[1], total]),
    ]
  }

  public func evaluate(_ operands: Operands<Operand, Tensor>) throws(ModelError) -> [Tensor] {
    let element = try operands.one(.query).element
    var (q, k, v) = try heads(operands)
    var pastLength = 0
    if let held = operands[.pastLength] { return try overBuffer(operands, held, q, k, v) }
    guard operands[.cacheIndirection] == nil else { throw ModelError(.unsupported, "beams without a buffer for their past") }
    if let pastKey = operands[.pastKey], let pastValue = operands[.pastValue] {
      guard pastKey.rank == 4, pastValue.rank == 4 else { throw ModelError(.typeMismatch, "past of shape \(pastKey.shape)") }
      pastLength = pastKey.shape[2]
      k = try concatenated([pastKey.converted(to: .float32), k], axis: 2)
      v = try concatenated([pastValue.converted(to: .float32), v], axis: 2)
    }
    var attention = HeadAttention(contribScale: scale)
    let (batch, queries, total) = (q.shape[0], q.shape[2], k.shape[2])
    if let bias = operands[.attentionBias] { attention.bias.append(try bias.converted(to: .float32)) }
    if let mask = operands[.paddingMask] {
      attention.bias.append(try paddingBias(mask, batch: batch, queries: queries, total: total, hidden: maskFilterValue ?? -10_000))
    }
    if unidirectional, queries > 1 { try attention.hideLaterKeys(queries: queries, start: pastLength, total: total) }
    let results = try attention(q, k, v)
    return [
      try results.output.joinedHeads().converted(to: element), try k.converted(to: element), try v.converted(to: element),
      try results.scores.converted(to: element),
    ]
  }

  /// With past keys and values in buffers that have room for the new ones, which are written behind the `held` ones.
  private func overBuffer(
    _ operands: Operands<Operand, Tensor>, _ held: Tensor, _ q: Tensor, _ k: Tensor, _ v: Tensor
  ) throws(ModelError) -> [Tensor] {
    guard let pastKey = operands[.pastKey], let pastValue = operands[.pastValue], let start = try held.integers().first, held.count == 1,
      pastKey.rank == 4, pastValue.rank == 4, start >= 0, start <= pastKey.shape[2] - k.shape[2], pastKey.shape[2] == pastValue.shape[2]
    else { throw ModelError(.typeMismatch, "no room for \(k.shape) in the past keys and values") }
    let end = start + k.shape[2]
    func written(_ past: Tensor, _ new: Tensor) throws(ModelError) -> Tensor {
      let buffer = try past.converted(to: .float32)
      return try concatenated(
        [buffer.part(of: 2, from: 0, count: start), new, buffer.part(of: 2, from: end, count: buffer.shape[2] - end)], axis: 2)
    }
    let (keys, values) = (try written(pastKey, k), try written(pastValue, v))
    let element = try operands.one(.query).element
    var attention = HeadAttention(contribScale: scale)
    if let bias = operands[.attentionBias] { attention.bias.append(try bias.converted(to: .float32)) }
    if let mask = operands[.paddingMask] {
      attention.bias.append(
        try paddingBias(mask, batch: q.shape[0], queries: q.shape[2], total: end, hidden: maskFilterValue ?? -10_000))
    }
    if unidirectional, q.shape[2] > 1 { try attention.hideLaterKeys(queries: q.shape[2], start: start, total: end) }
    let beams = operands[.cacheIndirection]
    let results = try attention(
      q, ofBeams(keys.part(of: 2, from: 0, count: end), beams, start), ofBeams(values.part(of: 2, from: 0, count: end), beams, start))
    return [
      try results.output.joinedHeads().converted(to: element), try keys.converted(to: element), try values.converted(to: element),
      try results.scores.converted(to: element),
    ]
  }

  /// `[B·beams, N, T, H]` where the first `start` positions of each beam are those of the beams that it was made from, as
  /// `[B, beams, positions]` says.
  private func ofBeams(_ cache: Tensor, _ beams: Tensor?, _ start: Int) throws(ModelError) -> Tensor {
    guard let beams else { return cache }
    let (rows, heads, total, size) = (cache.shape[0], cache.shape[1], cache.shape[2], cache.shape[3])
    let origins = try beams.integers()
    guard beams.rank == 3, beams.shape[0] * beams.shape[1] == rows, beams.shape[2] >= start, total == start + 1 else {
      throw ModelError(.typeMismatch, "beams of shape \(beams.shape) for keys of \(cache.shape)")
    }
    let (width, positions) = (beams.shape[1], beams.shape[2])
    guard origins.allSatisfy({ $0 >= 0 && $0 < width }) else { throw ModelError(.typeMismatch, "a beam that is none of \(width)") }
    let old = try cache.elements(as: Float.self)
    var result = old
    for row in 0..<rows {
      for position in 0..<start {
        let origin = row / width * width + origins[row * positions + position]
        guard origin != row else { continue }
        for head in 0..<heads {
          let (to, from) = (((row * heads + head) * total + position) * size, ((origin * heads + head) * total + position) * size)
          for index in 0..<size { result[to + index] = old[from + index] }
        }
      }
    }
    return try Tensor(.float32, cache.shape, elements: result)
  }

  /// Query, key and value with their biases, heads apart, in 32-bit floats.
  private func heads(_ operands: Operands<Operand, Tensor>) throws(ModelError) -> (q: Tensor, k: Tensor, v: Tensor) {
    let query = try operands.one(.query).converted(to: .float32)
    let bias = try operands[.bias]?.converted(to: .float32)
    if query.rank == 5 {
      let parts = try unpacked(query, parts: 3)
      return try (biased(parts[0], bias, 0), biased(parts[1], bias, 1), biased(parts[2], bias, 2))
    }
    let q = try biased(query.splitIntoHeads(numHeads), bias, 0)
    let key = try operands.one(.key).converted(to: .float32)
    if key.rank == 5 {
      let parts = try unpacked(key, parts: 2)
      return (q, parts[0], parts[1])
    }
    let value = try operands.one(.value).converted(to: .float32)
    // Heads that lie apart already had their bias.
    if key.rank == 4 { return (q, key, value) }
    return try (q, biased(key.splitIntoHeads(numHeads), bias, 1), biased(value.splitIntoHeads(numHeads), bias, 2))
  }

  /// `[B, L, N, parts, H]` as so many `[B, N, L, H]`.
  private func unpacked(_ packed: Tensor, parts: Int) throws(ModelError) -> [Tensor] {
    guard packed.shape[3] == parts, packed.shape[2] == numHeads else {
      throw ModelError(.typeMismatch, "\(packed.shape) for \(parts) parts of \(numHeads) heads")
    }
    let moved = try packed.transposed([3, 0, 2, 1, 4])
    return try (0..<parts).map { (index) throws(ModelError) in
      try moved.part(of: 0, from: index, count: 1).reshaped(to: Array(moved.shape.dropFirst()))
    }
  }

  /// Heads plus their part of a bias `[Q+K+V]`: the query's and the key's are of equal size.
  private func biased(_ heads: Tensor, _ bias: Tensor?, _ part: Int) throws(ModelError) -> Tensor {
    guard let bias else { return heads }
    let size = heads.shape[1] * heads.shape[3]
    let start = part == 2 ? bias.count - size : part * size
    guard bias.rank == 1, start >= 0, start + size <= bias.count else { throw ModelError(.typeMismatch, "bias of shape \(bias.shape)") }
    let own = try bias.part(of: 0, from: start, count: size).reshaped(to: [heads.shape[1], 1, heads.shape[3]])
    return try calculate(.add, heads, own)
  }
}
