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
    guard cosines.rank == 2, x.rank == 3 || x.rank == 4 else { throw ModelError(.typeMismatch, "cosines of \(cosines.shape) for \(x.shape)") }
    // Without a number of heads, the angles are those of a whole head.
    let isPart = (rotaryEmbeddingDim ?? 0) > 0 && (numHeads ?? 0) > 0
    let heads = isPart ? numHeads : cosines.shape[1] == 0 ? nil : x.shape[x.rank - 1] / (cosines.shape[1] * 2)
    let rotary = Rotary(cosines: cosines, sines: try operands.one(.sines), interleaved: interleaved == 1)
    let positions = try operands.one(.positions).integers()
    let (batch, length) = (x.shape[0], x.rank == 4 ? x.shape[2] : x.shape[1])
    guard positions.count == 1 || positions.count == batch * length else {
      throw ModelError(.typeMismatch, "\(positions.count) positions for \(batch) sequences of \(length)")
    }
    let all = positions.count == batch * length ? positions : (0..<batch * length).map { positions[0] &+ $0 % length }
    return [try rotary(x, heads: heads, positions: all)]
  }
}
