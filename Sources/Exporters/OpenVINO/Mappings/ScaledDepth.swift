import Diagnostics
import GraphIR
import Operators
import Retargeting
import Tensors

/// Weights whose scales differ along the depth of a product (the axis that it sums over), or whose blocks lie along the other axis.
///
/// The 2026.4 runtime takes both for compressed weights with scales by column: a product with one row is 30 % off, four bits end the
/// process, and blocks do not compile. Such weights are stored as floats.
extension DequantizeLinear {
  /// Constants in blocks are stored under other shapes.
  func readsOperands(_ node: SubjectNode) -> Bool {
    if scalesDepth(node) { return false }
    return blockSize == 0 || (0..<3).contains { node.operand($0).map { $0.constant == nil } ?? false }
  }

  /// Weights, scales and zero points are constants.
  func scalesDepth(_ node: SubjectNode) -> Bool {
    guard node.operand(2) == nil || node.operand(2)?.constant != nil else { return false }
    guard let shape = node.operand(0)?.constant?.shape, shape.count >= 2, let scale = node.operand(1)?.constant, scale.count > 1 else { return false }
    let along = axis < 0 ? axis + shape.count : axis
    return node.graph[node.graph[node.id].results[0]].uses.contains { use in
      guard let depth = depth(of: use, in: node.graph, rank: shape.count, isTurned: false) else { return false }
      return (depth == along) != (blockSize > 0)
    }
  }

  /// The axis that a product sums over, of the weights that it is given as its second operand, directly or transposed.
  private func depth(of use: Value.Use, in graph: Graph, rank: Int, isTurned: Bool) -> Int? {
    switch graph[use.node].op {
    case is MatMul: return use.operand == 1 ? rank - (isTurned ? 1 : 2) : nil
    case let gemm as Gemm: return use.operand == 1 ? rank - (isTurned != gemm.transB ? 1 : 2) : nil
    case let transpose as Transpose:
      guard !isTurned, transpose.perm ?? Array((0..<rank).reversed()) == Array(0..<rank - 2) + [rank - 1, rank - 2] else { return nil }
      return graph[graph[use.node].results[0]].uses.lazy.compactMap { depth(of: $0, in: graph, rank: rank, isTurned: true) }.first
    default: return nil
    }
  }

  func dequantized(_ node: SubjectNode) throws(ModelError) -> Tensor {
    let operands = (0..<3).map { node.operand($0)?.constant }
    guard let numbers = try evaluate(Operands(operands, resultCount: 1)).first else { throw ModelError(.missingValue, "no weights") }
    return numbers
  }
}
