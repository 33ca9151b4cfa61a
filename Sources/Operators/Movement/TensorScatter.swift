import Diagnostics
import GraphIR
import Tensors

/// A cache `[batch, …]` with `update` written over it along `axis`, in each batch from that batch's write index on (0 by default).
public struct TensorScatter: Evaluable {
  public enum Operand: Int, OperandSlot {
    case cache, update, writeIndices
    public var arity: Arity { self == .writeIndices ? .optional : .one }
  }
  public enum Mode: String, CaseIterable, Sendable {
    /// The update fits.
    case linear
    /// What reaches beyond the end goes on at the beginning.
    case circular
  }
  public static let name = "TensorScatter"
  public static let since = 24
  public static let attributes: [AttributeSpec<Self>] = [.int("axis", \.axis), .choice("mode", \.mode)]
  public var axis = -2
  public var mode = Mode.linear
  public init() {}

  public func infer(_ operands: Operands<Operand, Fact>) throws(ModelError) -> [Fact] {
    let (cache, update) = try (operands.one(.cache), operands.one(.update))
    _ = try commonElement([cache, update])
    if let rank = cache.shape?.count, try normalizedAxis(axis, rank: rank) == 0 {
      throw ModelError(.invalidGraph, "is the batch axis", at: Place(attribute: "axis"))
    }
    return [Fact(type: cache.type)]
  }

  public func evaluate(_ operands: Operands<Operand, Tensor>) throws(ModelError) -> [Tensor] {
    let (cache, update) = try (operands.one(.cache), operands.one(.update))
    let along = try normalizedAxis(axis, rank: cache.rank)
    var expected = cache.shape
    guard along > 0, update.rank == cache.rank, update.element == cache.element else {
      throw ModelError(.typeMismatch, "an update of \(update.shape) for \(cache.shape) along axis \(along)")
    }
    let (size, count) = (cache.shape[along], update.shape[along])
    expected[along] = count
    let starts = try operands[.writeIndices]?.integers() ?? [Int](repeating: 0, count: cache.shape[0])
    guard expected == update.shape, count <= size, starts.count == cache.shape[0],
      starts.allSatisfy({ $0 >= 0 && (mode == .circular || $0 <= size - count) })
    else { throw ModelError(.typeMismatch, "an update of \(update.shape) from \(starts) for \(cache.shape)") }
    let outer = cache.shape[..<along].reduce(1, *)
    let perBatch = outer / max(cache.shape[0], 1)
    return try moving([cache, update]) { (t) throws(ModelError) in
      let unit = t[0].element.bitWidth / 8
      let inner = cache.shape[(along + 1)...].reduce(unit, *)
      var bytes = OwnedBytes(uninitialized: t[0].byteCount)
      try t[0].withUnsafeBytes { (old) throws(ModelError) in
        try t[1].withUnsafeBytes { (new) throws(ModelError) in
          bytes.withUnsafeMutableBytes { to in
            guard let target = to.baseAddress, let source = new.baseAddress, !old.isEmpty, !new.isEmpty else { return to.copyMemory(from: old) }
            to.copyMemory(from: old)
            for row in 0..<outer {
              for step in 0..<count {
                let place = (starts[row / perBatch] % max(size, 1) + step) % max(size, 1)
                (target + (row * size + place) * inner).copyMemory(from: source + (row * count + step) * inner, byteCount: inner)
              }
            }
          }
        }
      }
      return [try Tensor(t[0].element, cache.shape, bytes: bytes)]
    }
  }
}
