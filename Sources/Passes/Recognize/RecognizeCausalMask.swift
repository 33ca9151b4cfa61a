import Diagnostics
import GraphIR
import Operators
import Rewriting
import Tensors

/// Says a mask that lets queries look at no later key as an attribute. Exact. From operator set 23.
///
///     %m = const f32[3,3] [0, -inf, -inf, 0, 0, -inf, 0, 0, 0]
///     %y = Attention(%q, %k, %v, %m)   →   %y = Attention(%q, %k, %v) {is_causal: 1}
///
/// The mask may be of truth values, and be the same for several heads and entries of the batch.
package struct RecognizeCausalMask: RewriteRule {
  package init() {}

  private static let elementLimit = 1 << 26

  package func rewrite(_ attention: Matched<Attention>, _ edit: inout Edit) throws(NoMatch) {
    guard let value = attention.ifPresent(.mask) else { throw NoMatch("there is no mask") }
    let mask = try value.constant()
    try require(attention.ifPresent(.pastKey) == nil && attention.ifPresent(.validKeys) == nil, "there are earlier keys")
    try require((1..<4).allSatisfy(attention.node.isUnused), "keys, values or scores are results too")
    try require(mask.rank >= 2 && mask.count > 0 && mask.count <= Self.elementLimit, "the mask has another rank or size")
    let (rows, columns) = (mask.shape[mask.rank - 2], mask.shape[mask.rank - 1])
    // Versions of the specification differ in where the diagonal lies when there are more keys than queries.
    try require(rows == columns, "there are not as many queries as keys")
    let numbers = try edit.computing { () throws(ModelError) in try mask.converted(to: .float32) }
    let (open, shut): (Float, Float) = mask.element == .bool ? (1, 0) : (0, -.infinity)
    let isCausal = try? numbers.withElements(as: Float.self) { elements in
      elements.indices.allSatisfy { elements[$0] == ($0 % columns > $0 / columns % rows ? shut : open) }
    }
    try require(isCausal == true, "the mask is not that of later keys")
    var op = attention.op
    op.isCausal = true
    let operands = attention.node.operands.map { $0?.id }
    try edit.replace(attention.result, withSameShape: edit.emit(op, operands: Array(operands.prefix(3)))[0])
  }
}
