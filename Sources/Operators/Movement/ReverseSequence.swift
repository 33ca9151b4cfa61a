import Diagnostics
import GraphIR
import Tensors

/// In each batch, the first elements along the time axis in reverse, as many as `lengths` says; the others stay in place.
public struct ReverseSequence: Evaluable {
  public enum Operand: Int, OperandSlot { case x, lengths }
  public static let name = "ReverseSequence"
  public static let since = 28
  public static let attributes: [AttributeSpec<Self>] = [.int("batch_axis", \.batchAxis), .int("time_axis", \.timeAxis)]
  /// 0 or 1, and the time axis the other one.
  public var batchAxis = 1
  public var timeAxis = 0
  public init() {}

  private func checkAxes() throws(ModelError) {
    guard Set([batchAxis, timeAxis]) == [0, 1] else {
      throw ModelError(.invalidGraph, "batch axis \(batchAxis) and time axis \(timeAxis) are not 0 and 1", at: Place(attribute: "time_axis"))
    }
  }

  public func infer(_ operands: Operands<Operand, Fact>) throws(ModelError) -> [Fact] {
    try checkAxes()
    let x = try operands.one(.x)
    try requireRank(x, 2..., "x")
    try requireRank(operands.one(.lengths), 1...1, "lengths")
    return [Fact(type: x.type)]
  }

  public func evaluate(_ operands: Operands<Operand, Tensor>) throws(ModelError) -> [Tensor] {
    try checkAxes()
    let x = try operands.one(.x)
    guard x.rank >= 2 else { throw ModelError(.typeMismatch, "x has rank \(x.rank)") }
    let lengths = try operands.one(.lengths).integers()
    let (batches, steps) = (x.shape[batchAxis], x.shape[timeAxis])
    guard lengths.count == batches, lengths.allSatisfy({ $0 >= 0 && $0 <= steps }) else {
      throw ModelError(.typeMismatch, "lengths \(lengths) for \(batches) sequences of \(steps)")
    }
    var places: [Int] = []
    places.reserveCapacity(batches * steps)
    for first in 0..<x.shape[0] {
      for second in 0..<x.shape[1] {
        let (batch, step) = batchAxis == 0 ? (first, second) : (second, first)
        let source = step < lengths[batch] ? lengths[batch] - 1 - step : step
        places.append(batchAxis == 0 ? batch * steps + source : source * batches + batch)
      }
    }
    let rows = try x.reshaped(to: [batches * steps] + x.shape.dropFirst(2))
    return [try rows.taking(places, axis: 0).reshaped(to: x.shape)]
  }
}
