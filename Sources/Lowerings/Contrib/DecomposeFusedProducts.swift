import GraphIR
import Operators
import Rewriting

/// Says products of matrices with scale, transposes or a function in standard operators. Exact up to rounding.
///
///     %y = com.microsoft::FusedMatMul(%a, %b) {transB: 1, alpha: s}   →   %y = Mul(MatMul(%a, Transpose(%b)), s)
///     %y = com.microsoft::FusedGemm(%a, %b, %c) {activation: Relu}    →   %y = Relu(Gemm(%a, %b, %c))
package struct DecomposeFusedProducts: NodeRule {
  package let roots = RuleRoots.operators([FusedMatMul.self, FusedGemm.self])

  package init() {}

  package func rewrite(_ root: MatchedNode, _ edit: inout Edit) throws(NoMatch) {
    let (a, b) = try (root.operand(0), root.operand(1))
    let element = try a.elementType()
    if let fused = try? root.narrowed(to: FusedGemm.self).op {
      let product = edit.emit(fused.gemm, a.id, b.id, root.operandIfPresent(2)?.id)
      let parameters = [fused.activationAlpha, fused.activationBeta].prefix { $0 != nil }.compactMap { $0 }
      return edit.replace(root.result, with: try edit.activated(product, by: fused.activation, parameters, element))
    }
    let fused = try root.narrowed(to: FusedMatMul.self).op
    let left = try ordered(a, fused.transA, fused.transBatchA, &edit)
    let right = try ordered(b, fused.transB, fused.transBatchB, &edit)
    let product = edit.emit(MatMul(), left, right)
    edit.replace(root.result, with: fused.alpha == 1 ? product : edit.emit(Mul(), product, try edit.scalar(fused.alpha, element)))
  }

  private func ordered(_ x: MatchedValue, _ transposes: Bool, _ transposesBatch: Bool, _ edit: inout Edit) throws(NoMatch) -> ValueID {
    guard transposes || transposesBatch else { return x.id }
    let axes = FusedMatMul.permutation(rank: try x.rank(), transposes: transposes, transposesBatch: transposesBatch)
    return axes.map { edit.transposed(x.id, $0) } ?? x.id
  }
}
