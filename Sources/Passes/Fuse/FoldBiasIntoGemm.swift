import Diagnostics
import GraphIR
import Operators
import Rewriting
import Tensors

/// Folds a sum with one number per column into the matrix product that it follows. Exact up to rounding.
///
///     %g = Gemm(%a, %b, c?)
///     %y = Add(%g, k: f32[N])   →   %y = Gemm(%a, %b, β·c + k) {beta: 1}
///
/// and `Sub(%g, k)` likewise with -k.
package struct FoldBiasIntoGemm: NodeRule {
  package static let rounds = true
  package init() {}

  package var roots: RuleRoots { .operators([Add.self, Sub.self]) }

  package func rewrite(_ root: MatchedNode, _ edit: inout Edit) throws(NoMatch) {
    let (product, shift) = try root.constantLast()
    let isDifference = root.op is Sub
    try require(!isDifference || (try? root.operand(1)) == shift, "the constant is the minuend")
    let gemm = try product.soleProducer(Gemm.self)
    try product.requireSameShape(as: root.result)
    let (old, k) = try (gemm.ifPresent(.c)?.constant(), shift.constant())
    guard let columns = try product.shape()[1].number else { throw NoMatch("the number of columns is not known", product.id) }
    for tensor in [old, k].compactMap({ $0 }) {
      try require(tensor.isFoldable, "the element type of the constants")
      try require(tensor.count == 1 || tensor.count == columns && tensor.shape.last == columns, "a constant varies by row")
    }
    let beta = Double(gemm.op.beta)
    let bias = try edit.computing { () throws(ModelError) in
      let wide = try k.reshaped(to: [k.count]).cast(to: .float64) * .splat(isDifference ? -1 : 1, .float64, count: columns)
      guard let old else { return try wide.cast(to: k.element) }
      let scaled = try old.reshaped(to: [old.count]).cast(to: .float64) * .splat(beta, .float64, count: 1)
      return try (wide + scaled).cast(to: k.element)
    }
    var op = gemm.op
    op.beta = 1
    edit.replace(root.result, with: edit.emit(op, try gemm[.a].id, try gemm[.b].id, edit.constant(bias)))
  }
}
