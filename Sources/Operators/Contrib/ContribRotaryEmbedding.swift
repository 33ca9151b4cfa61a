import Diagnostics
import GraphIR
import Tensors

/// Turns pairs of features by an angle that grows with the position: rotary position embedding (Su et al., 2021).
///
/// `x` is `[B, S, N·H]` or `[B, N, S, H]`, `positions` `[B, S]` or the first position `[1]`, the caches `[positions, R/2]`.
public struct ContribRotaryEmbedding: Evaluable {
  public enum Operand: Int, OperandSlot { case x, positions, cosines, sines }
  public static let name = "RotaryEmbedding"
  public static let domain = "com.microsoft"
  public static let since = 1
  public static let attributes: [AttributeSpec<Self>] = [
    .optionalInt("interleaved", \.interleaved), .optionalInt("is_packed_batching", \.isPackedBatching), .optionalInt("num_heads", \.numHeads),
    .optionalInt("rotary_embedding_dim", \.rotaryEmbeddingDim), .optionalFloat("scale", \.scale),
  ]
  /// 1 when a pair's features are neighbours; else the first half belongs to the second.
  public var interleaved: Int?
  public var isPackedBatching: Int?
  public var numHeads: Int?
  /// How many features of a head are turned; absent or 0 means all.
  public var rotaryEmbeddingDim: Int?
  /// Means nothing to runtimes.
  public var scale: Float?
  public init() {}

  public func infer(_ operands: Operands<Operand, Fact>) throws(ModelError) -> [Fact] {
    let x = try operands.one(.x)
    try requireRank(x, 3...4, "x")
    try requireRank(operands.one(.positions), 1...2, "positions")
    try requireRank(operands.one(.cosines), 2...2, "cosines")
    _ = try commonElement([x, operands[.cosines], operands[.sines]])
    return [Fact(type: x.type)]
  }

  public func evaluate(_ operands: Operands<Operand, Tensor>) throws(ModelError) -> [Tensor] {
    let (x, cosines) = try (operands.one(.x), operands.one(.cosines))
    let wide = try x.converted(to: .float32)
    guard cosines.rank == 2 else { throw ModelError(.typeMismatch, "cosines of shape \(cosines.shape)") }
    let headSize = (rotaryEmbeddingDim ?? 0) > 0 && (numHeads ?? 0) > 0 ? x.count / max(x.shape.prefix(2).reduce(1, *) * (numHeads ?? 1), 1) : cosines.shape[1] * 2
    let heads = x.rank == 4 ? wide : try wide.splitIntoHeads(headSize == 0 ? 1 : x.shape[2] / max(headSize, 1))
    let rotary = Rotary(
      cosines: try cosines.converted(to: .float32), sines: try operands.one(.sines).converted(to: .float32), interleaved: interleaved == 1)
    let positions = try operands.one(.positions).integers()
    let (batch, length) = (heads.shape[0], heads.shape[2])
    guard positions.count == 1 || positions.count == batch * length else {
      throw ModelError(.typeMismatch, "\(positions.count) positions for \(batch) sequences of \(length)")
    }
    let all = positions.count == batch * length ? positions : (0..<batch * length).map { positions[0] &+ $0 % length }
    let turned = try rotary(heads, positions: all)
    return [try (x.rank == 4 ? turned : turned.joinedHeads()).converted(to: x.element)]
  }
}

/// Angles of each position, by their cosines and sines `[positions, R/2]`.
struct Rotary {
  let cosines: Tensor
  let sines: Tensor
  let interleaved: Bool

  /// `heads` `[B, N, S, H]` with the first R features of each head turned; `positions` are those of `[B, S]`.
  func callAsFunction(_ heads: Tensor, positions: [Int]) throws(ModelError) -> Tensor {
    let (count, length, size) = (heads.shape[1], heads.shape[2], heads.shape[3])
    guard cosines.rank == 2, cosines.shape == sines.shape, cosines.shape[1] * 2 <= size,
      positions.allSatisfy({ $0 >= 0 && $0 < cosines.shape[0] })
    else { throw ModelError(.typeMismatch, "angles of \(cosines.shape) and \(sines.shape) for heads of \(heads.shape), or a position beyond them") }
    let half = cosines.shape[1]
    let (c, s) = (try cosines.elements(as: Float.self), try sines.elements(as: Float.self))
    var values = try heads.elements(as: Float.self)
    guard !values.isEmpty else { return heads }
    for row in 0..<heads.shape[0] * count * length {
      let position = positions[row / (count * length) * length + row % length]
      for index in 0..<half {
        let first = row * size + (interleaved ? 2 * index : index)
        let second = first + (interleaved ? 1 : half)
        let (x, y) = (values[first], values[second])
        let (cosine, sine) = (c[position * half + index], s[position * half + index])
        values[first] = x * cosine - y * sine
        values[second] = y * cosine + x * sine
      }
    }
    return try Tensor(.float32, heads.shape, elements: values)
  }
}
