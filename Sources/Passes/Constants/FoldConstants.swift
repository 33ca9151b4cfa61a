import Diagnostics
import GraphIR
import Operators
import Rewriting
import Tensors

/// Computes what depends on constants alone. Exact.
///
///     %t = Transpose(W)   →   %t = const Wᵀ, computed when it is read
///
/// Constants that folding frees count against those it adds; beyond a hundredth of the model, all folds together, growth is refused:
/// expanding a scalar to a tensor of a gigabyte is not an improvement.
package struct FoldConstants: NodeRule {
  package init() {}

  package var roots: RuleRoots {
    .every { op in
      let isKept = op is Constant || op is Identity || op is Dropout || op is DequantizeLinear || op is ContribDequantizeLinear
      return op.isPure && op.graphs.isEmpty && !isKept
    }
  }

  package func rewrite(_ root: MatchedNode, _ edit: inout Edit) throws(NoMatch) {
    try require(root.operandCount > 0, "the node has no operands")
    var operands: [Tensor?] = []
    for operand in root.operands { operands.append(try operand?.constant()) }
    guard let op = root.op as? any Evaluable else { throw NoMatch("the operator has no kernel") }
    let freed = Set(root.operands.compactMap { $0?.useCount == 1 ? $0?.id : nil })
      .reduce(0) { sum, id in sum + (root.operands.first { $0?.id == id }??.fact.constant?.byteCount ?? 0) }
    let results = try fold(op, operands, root, allowance: freed + max(root.growthLeft, 0) + Graph.bytesPerNode)
    edit.spend(results.reduce(0) { $0 + $1.byteCount } - freed - Graph.bytesPerNode)
    for (index, tensor) in results.enumerated() where !root.isUnused(result: index) {
      edit.replace(root.result(index), with: edit.constant(tensor))
    }
  }

  /// Operands of this size are small enough to find out the shape of a result by computing it.
  private let smallEnough = 65_536

  private func fold(
    _ op: any Evaluable, _ operands: [Tensor?], _ root: MatchedNode, allowance: Int
  ) throws(NoMatch) -> [Tensor] {
    var size = 0
    var isKnown = true
    for index in 0..<root.resultCount where !root.isUnused(result: index) {
      guard let type = root.result(index).type, let shape = type.fixedShape, let count = shape.elementCount,
        let bytes = type.element.byteCount(elements: count)
      else { isKnown = false; continue }
      size = size > Int.max - bytes ? .max : size + bytes
    }
    try require(size <= allowance, "the constants would grow")
    let input = operands.reduce(0) { $0 + ($1?.byteCount ?? 0) }
    try require(isKnown || input <= smallEnough, "the shape of a result is not known")
    do {
      let results = isKnown
        ? try deferredResults(op, operands, resultCount: root.resultCount)
        : try op.evaluateTensors(operands, resultCount: root.resultCount)
      try check(results, root, allowance)
      return results
    } catch let error as NoMatch {
      throw error
    } catch {
      // What cannot be computed here is left for the runtime to judge.
      throw NoMatch("the operator cannot be computed on these constants")
    }
  }

  private func check(_ results: [Tensor], _ root: MatchedNode, _ allowance: Int) throws(NoMatch) {
    try require(results.count >= root.resultCount, "the operator gives too few results")
    try require(results.reduce(0) { $0 + $1.byteCount } <= allowance, "the constants would grow")
    for index in 0..<root.resultCount {
      guard let element = root.result(index).type?.element else { continue }
      try require(results[index].element == element, "the operator gives another element type than inferred")
    }
  }
}
