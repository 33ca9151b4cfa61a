import Diagnostics
import GraphIR
import Tensors

/// One number for all elements along `axes`; along all axes when none are given, unless `noop_with_empty_axes` is set.
public protocol Reduction: Evaluable where Operand == AxesOperand {
  /// Whether reduced axes stay, with size 1.
  var keepdims: Bool { get set }
  /// Whether no axes means that nothing is reduced.
  var noopWithEmptyAxes: Bool { get set }
}

/// All of them; see `elementwiseBinaries`.
package let reductions: [any Operator.Type] = [
  ReduceL1.self, ReduceL2.self, ReduceLogSum.self, ReduceLogSumExp.self, ReduceMax.self, ReduceMean.self, ReduceMin.self,
  ReduceProd.self, ReduceSum.self, ReduceSumSquare.self,
]

/// How a reduction computes.
protocol FoldReduction: Reduction {
  var fold: Fold { get }
  /// The result of integer elements that are known.
  func combine(_ elements: [Dim]) -> Dim?
}

extension FoldReduction {
  func combine(_ elements: [Dim]) -> Dim? { nil }

  public func infer(_ operands: Operands<AxesOperand, Fact>) throws(ModelError) -> [Fact] {
    let data = try operands.one(.data)
    try require(data, "a number") { $0.isFloatingPoint || $0.isInteger || $0 == .bool }
    guard let shape = data.shape else { return [try data.reshaped(nil)] }
    let listed = operands[.axes] == nil ? [] : operands[.axes]?.integers
    guard let listed else { return [try data.reshaped(keepdims ? .unknown(rank: shape.count) : nil)] }
    let axes = Set(try reducedAxes(listed, rank: shape.count))
    let kept: [Dim] = shape.indices.compactMap { axes.contains($0) ? (keepdims ? 1 : nil) : shape[$0] }
    let fact = try data.reshaped(kept)
    guard shape.count == 1, axes.count == 1, let elements = data.expressions, let result = combine(elements) else { return [fact] }
    return [fact.with(elements: [result])]
  }

  private func reducedAxes(_ listed: [Int], rank: Int) throws(ModelError) -> [Int] {
    if listed.isEmpty { return noopWithEmptyAxes ? [] : Array(0..<rank) }
    return try normalizedAxes(listed, rank: rank)
  }

  public func evaluate(_ operands: Operands<AxesOperand, Tensor>) throws(ModelError) -> [Tensor] {
    let data = try operands.one(.data)
    let axes = try reducedAxes(operands[.axes]?.integers() ?? [], rank: data.rank)
    let reduced = Set(axes)
    let shape: Shape = data.shape.indices.compactMap { reduced.contains($0) ? (keepdims ? 1 : nil) : data.shape[$0] }
    return [try reduce(fold, data, axes: axes).reshaped(to: shape)]
  }
}
