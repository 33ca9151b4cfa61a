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
    let x = try operands.one(.x)
    let rotated: Tensor
    if x.rank == 4 {
      rotated = try rotate(x.transposed([0, 2, 1, 3]), operands).transposed([0, 2, 1, 3])
    } else {
      guard x.rank == 3, let heads, heads > 0, x.shape[2] % heads == 0 else {
        throw ModelError(.typeMismatch, "\(x.shape) in \(heads ?? 0) heads", at: Place(attribute: "num_heads"))
      }
      rotated = try rotate(x.reshaped(to: [x.shape[0], x.shape[1], heads, x.shape[2] / heads]), operands).reshaped(to: x.shape)
    }
    return [rotated]
  }

  /// `x` is `[batch, length, heads, size]`.
  private func rotate(_ x: Tensor, _ operands: Operands<Operand, Tensor>) throws(ModelError) -> Tensor {
    let (batch, length, heads, size) = (x.shape[0], x.shape[1], x.shape[2], x.shape[3])
    let turned = rotatedSize == 0 ? size : rotatedSize
    let half = turned / 2
    guard turned > 0, turned <= size, turned % 2 == 0 else { throw ModelError(.typeMismatch, "\(turned) elements of \(size) turned") }
    let (cosines, sines) = (try operands.one(.cosines), try operands.one(.sines))
    let positions = try operands[.positions]?.integers()
    let expected = positions == nil ? [batch, length, half] : [cosines.shape.first ?? 0, half]
    guard cosines.shape == expected, sines.shape == expected, positions.map({ $0.count == batch * length }) ?? true,
      positions?.allSatisfy({ $0 >= 0 && $0 < expected[0] }) ?? true
    else { throw ModelError(.typeMismatch, "caches of \(cosines.shape) and \(sines.shape) for \(x.shape)") }
    let (c, s) = (try cosines.floats(), try sines.floats())
    let result = try x.converted(to: .float32).withElements(as: Float.self) { (from) throws(ModelError) in
      try Tensor(.float32, x.shape, filling: Float.self) { to in
        for place in 0..<batch * length {
          let angle = (positions?[place] ?? place) * half
          for head in 0..<heads {
            let start = (place * heads + head) * size
            for pair in 0..<half {
              let (a, b) = interleaved ? (start + 2 * pair, start + 2 * pair + 1) : (start + pair, start + half + pair)
              to[a] = c[angle + pair] * from[a] - s[angle + pair] * from[b]
              to[b] = s[angle + pair] * from[a] + c[angle + pair] * from[b]
            }
            for index in start + turned..<start + size { to[index] = from[index] }
          }
        }
      }
    }
    return try result.converted(to: x.element)
  }
}
