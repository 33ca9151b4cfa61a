import GraphIR
import Operators
import Rewriting

/// Turns part of each head where it lies. Exact.
///
///     %a, %b = Split(%x: f32[B,H,L,D], [r, D - r]) {axis: -1}
///     %t = RotaryEmbedding(%a, %c, %s)
///     %y = Concat(%t, %b) {axis: -1}    →   %y = RotaryEmbedding(%x, %c, %s) {rotary_embedding_dim: r}
///
/// or two slices. `RecognizeRotaryEmbedding` and `RecognizeInterleavedRotaryEmbedding` make such an operator of the part.
package struct WidenRotaryEmbedding: RewriteRule {
  package init() {}

  package func rewrite(_ concat: Matched<Concat>, _ edit: inout Edit) throws(NoMatch) {
    let parts = concat.all(from: .inputs).compactMap { $0 }
    try require(parts.count == 2 && (concat.op.axis == -1 || concat.op.axis == 3), "not two parts of heads")
    let rotary = try parts[0].soleProducer(RotaryEmbedding.self)
    let rank = try parts[0].rank()
    try require(rotary.op.rotatedSize == 0 && rank == 4, "the operator turns part of what it is given, or has heads in a row")
    let (turned, kept) = try (LastAxisPart(rotary[.x]), LastAxisPart(parts[1]))
    try require(turned.whole == kept.whole, "the parts are of different values")
    try require(turned.range.lowerBound == 0 && kept.range == turned.range.upperBound..<turned.size, "the parts are not the whole")
    var op = rotary.op
    op.rotatedSize = turned.range.count
    var operands = rotary.node.operands.map { $0?.id }
    operands[0] = turned.whole.id
    try edit.replace(concat.result, withSameShape: edit.emit(op, operands: operands)[0])
  }
}
