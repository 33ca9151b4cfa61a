import Diagnostics
import GraphIR
import Tensors

/// `data` repeated `repeats[i]` times along axis `i`.
public struct Tile: Evaluable {
  public enum Operand: Int, OperandSlot { case data, repeats }
  public static let name = "Tile"
  public static let since = 13
  public init() {}

  public func infer(_ operands: Operands<Operand, Fact>) throws(ModelError) -> [Fact] {
    let (data, repeats) = try (operands.one(.data), operands.one(.repeats))
    guard let shape = data.shape else { return [try data.reshaped(repeats.listedCount.map { .unknown(rank: $0) })] }
    guard let counts = repeats.expressions else { return [try data.reshaped(.unknown(rank: shape.count))] }
    guard counts.count == shape.count else { throw ModelError(.typeMismatch, "\(counts.count) repeats for rank \(shape.count)") }
    return [try data.reshaped(zip(shape, counts).map { $0 == .unknown ? .unknown : $0 * $1 })]
  }

  public func evaluate(_ operands: Operands<Operand, Tensor>) throws(ModelError) -> [Tensor] {
    let data = try operands.one(.data)
    let repeats = try operands.one(.repeats).integers()
    guard repeats.count == data.rank, repeats.allSatisfy({ $0 >= 0 }) else {
      throw ModelError(.typeMismatch, "repeats \(repeats) for rank \(data.rank)")
    }
    guard data.rank <= 31 else { throw ModelError(.unsupported, "rank \(data.rank)") }
    var target: Shape = []
    for (size, count) in zip(data.shape, repeats) {
      let (product, overflow) = size.multipliedReportingOverflow(by: count)
      guard !overflow else { throw ModelError(.limitExceeded, "repeats \(repeats)") }
      target.append(product)
    }
    // An axis of repeats, read without moving, before each axis.
    let own = data.shape.strides
    let split = zip(repeats, data.shape).flatMap { [$0, $1] }
    let strides = own.flatMap { [0, $0] }
    return [try data.moved { (tensor) throws(ModelError) in try tensor.strided(split, strides) }.reshaped(to: target)]
  }
}
