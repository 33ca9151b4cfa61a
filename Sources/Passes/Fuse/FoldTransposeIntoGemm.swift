import GraphIR
import Operators
import Rewriting

/// Lets a matrix product transpose its operands itself. Exact.
///
///     %t = Transpose(%a) {perm: [1, 0]}
///     %y = Gemm(%t, %b)                   →   %y = Gemm(%a, %b) {transA: 1}
package struct FoldTransposeIntoGemm: RewriteRule {
  package init() {}

  package func rewrite(_ gemm: Matched<Gemm>, _ edit: inout Edit) throws(NoMatch) {
    var op = gemm.op
    var operands = gemm.node.operands.map { $0?.id }
    var isFolded = false
    for (index, flag) in [\Gemm.transA, \Gemm.transB].enumerated() {
      guard let transpose = try? gemm.node.operand(index).soleProducer(Transpose.self), try transpose.permutation() == [1, 0] else { continue }
      op[keyPath: flag].toggle()
      operands[index] = try transpose[.x].id
      isFolded = true
    }
    try require(isFolded, "no operand is transposed for this use only")
    edit.replace(gemm.result, with: edit.emit(op, operands: operands)[0])
  }
}
