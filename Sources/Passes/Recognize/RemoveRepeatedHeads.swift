import GraphIR
import Operators
import Rewriting

/// Lets query heads share keys and values instead of repeating these. Exact. From operator set 23.
///
///     %u = Unsqueeze(%k: f32[B,2,S,D], [2])
///     %e = Expand(%u, [B,2,4,S,D])
///     %r = Reshape(%e, [B,8,S,D])            and the same from %v to %w
///     %y = Attention(%q, %r, %w)             →   %y = Attention(%q, %k, %v)
package struct RemoveRepeatedHeads: RewriteRule {
  package init() {}

  package func rewrite(_ attention: Matched<Attention>, _ edit: inout Edit) throws(NoMatch) {
    try require(attention.ifPresent(.pastKey) == nil && attention.ifPresent(.pastValue) == nil, "there are earlier keys")
    try require((1..<4).allSatisfy(attention.node.isUnused), "keys, values or scores are results too")
    let (key, keyCopies) = try unrepeated(attention[.k])
    let (value, valueCopies) = try unrepeated(attention[.v])
    try require(keyCopies == valueCopies, "keys and values are repeated differently")
    var operands = attention.node.operands.map { $0?.id }
    (operands[1], operands[2]) = (key.id, value.id)
    try edit.replace(attention.result, withSameShape: edit.emit(attention.op, operands: operands)[0])
  }

  /// What is repeated head by head, and how often.
  private func unrepeated(_ value: MatchedValue) throws(NoMatch) -> (MatchedValue, Int) {
    let joining = try value.soleProducer(Reshape.self)
    let expand = try joining[.data].soleProducer(Expand.self)
    let spreading = try expand.node.operand(0).anyProducer()
    try expand.node.operand(0).requireSoleUse()
    try require(spreading.op is Unsqueeze || spreading.op is Reshape, "no axis is added")
    let x = try spreading.operand(0)
    let (shape, wide, result) = try (x.shape(), expand.result.shape(), value.shape())
    guard shape.count == 4, wide.count == 5, let heads = shape[1].number, let copies = wide[2].number, copies > 1 else {
      throw NoMatch("the heads are not repeated", value.id)
    }
    let expected: [Dim] = [shape[0], .number(heads), 1, shape[2], shape[3]]
    try require(try spreading.result.shape() == expected, "the axis added is not after the heads")
    try require(wide == [shape[0], .number(heads), .number(copies), shape[2], shape[3]], "another axis is repeated")
    try require(result == [shape[0], .number(heads * copies), shape[2], shape[3]], "the heads are joined otherwise")
    return (x, copies)
  }
}
