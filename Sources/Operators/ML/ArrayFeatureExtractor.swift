import Diagnostics
import GraphIR
import Tensors

/// The elements of `x` at `indices` of the last axis. A vector counts as one row and gives `[1, count]`.
public struct ArrayFeatureExtractor: Evaluable {
  public enum Operand: Int, OperandSlot { case x, indices }
  public static let name = "ArrayFeatureExtractor"
  public static let domain = "ai.onnx.ml"
  public static let since = 1
  public init() {}

  public func infer(_ operands: Operands<Operand, Fact>) throws(ModelError) -> [Fact] {
    let (x, indices) = try (operands.one(.x), operands.one(.indices))
    try requireRank(x, 1..., "x")
    try require(indices, "an integer") { $0.isInteger }
    guard let shape = x.shape else { return [try x.reshaped(nil)] }
    let count = indices.shape.map(\.product) ?? .unknown
    return [try x.reshaped((shape.count == 1 ? [1] : Array(shape.dropLast())) + [count])]
  }

  public func evaluate(_ operands: Operands<Operand, Tensor>) throws(ModelError) -> [Tensor] {
    let (x, indices) = try (operands.one(.x), operands.one(.indices).integers())
    guard let size = x.shape.last else { throw ModelError(.typeMismatch, "x is a scalar") }
    guard indices.allSatisfy({ $0 >= 0 && $0 < size }) else { throw ModelError(.invalidGraph, "an index is outside 0 ..< \(size)") }
    let taken = try x.taking(indices, axis: x.rank - 1)
    return [x.rank == 1 ? try taken.reshaped(to: [1, indices.count]) : taken]
  }
}
