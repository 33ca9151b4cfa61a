import Diagnostics
import GraphIR
import Tensors

/// Rotary positions (Su et al.): pairs of elements of each head turned by an angle, whose cosines and sines are given.
///
/// `x` `[batch, heads, length, size]`, or `[batch, length, heads·size]` with `num_heads`. The caches are
/// `[batch, length, size/2]`, or `[positions, size/2]` with `positions` `[batch, length]`. Pairs are an element of the first half and
/// one of the second, or neighbours when `interleaved`; beyond `rotary_embedding_dim` elements nothing is turned.
public struct RotaryEmbedding: Evaluable {
  public enum Operand: Int, OperandSlot {
    case x, cosines, sines, positions
    public var arity: Arity { self == .positions ? .optional : .one }
  }
  public static let name = "RotaryEmbedding"
  public static let since = 23
  public static let attributes: [AttributeSpec<Self>] = [
    .bool("interleaved", \.interleaved), .optionalInt("num_heads", \.heads), .int("rotary_embedding_dim", \.rotatedSize),
  ]
  public var interleaved = false
  public var heads: Int?
  /// 0 for the whole head.
  public var rotatedSize = 0
  public init() {}

  public func infer(_ operands: Operands<Operand, Fact>) throws(ModelError) -> [Fact] {
    let x = try operands.one(.x)
    try requireRank(x, 3...4, "x")
    return [Fact(type: x.type)]
  }

  public func evaluate(_ operands: Operands<Operand, Tensor>) throws(ModelError) -> [Tensor] {
    let (x, cosines, sines) = try (operands.one(.x), operands.one(.cosines), operands.one(.sines))
    guard x.rank == 3 || x.rank == 4, let last = x.shape.last else { throw ModelError(.typeMismatch, "x of shape \(x.shape)") }
    let (length, size) = x.rank == 4 ? (x.shape[2], last) : (x.shape[1], last / max(heads ?? 1, 1))
    let turned = rotatedSize == 0 ? size : rotatedSize
    guard turned > 0, turned <= size, turned % 2 == 0 else { throw ModelError(.typeMismatch, "\(turned) elements of \(size) turned") }
    let positions = try operands[.positions]?.integers()
    let places = x.shape[0] * length
    let expected = positions == nil ? [x.shape[0], length, turned / 2] : [cosines.shape.first ?? 0, turned / 2]
    guard cosines.shape == expected, sines.shape == expected else {
      throw ModelError(.typeMismatch, "caches of \(cosines.shape) and \(sines.shape) for \(x.shape)")
    }
    // Without positions, each place has a row of its own.
    let rows = [positions == nil ? places : expected[0], turned / 2]
    let rotary = Rotary(cosines: try cosines.reshaped(to: rows), sines: try sines.reshaped(to: rows), interleaved: interleaved)
    return [try rotary(x, heads: heads, positions: positions ?? Array(0..<places))]
  }
}
