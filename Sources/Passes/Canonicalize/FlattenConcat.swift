import GraphIR
import Operators
import Rewriting

/// Makes one concatenation of two nested ones. Exact.
///
///     %c = Concat(%a, %b) {axis: 1}
///     %y = Concat(%c, %d) {axis: 1}   →   %y = Concat(%a, %b, %d) {axis: 1}
package struct FlattenConcat: RewriteRule {
  package init() {}

  package func rewrite(_ outer: Matched<Concat>, _ edit: inout Edit) throws(NoMatch) {
    let rank = try outer.result.rank()
    let operands = outer.all(from: .inputs).compactMap { $0 }
    var flat: [ValueID] = []
    var isNested = false
    for operand in operands {
      if let inner = try? operand.soleProducer(Concat.self), position(inner.op, rank) == position(outer.op, rank) {
        flat += inner.all(from: .inputs).compactMap { $0?.id }
        isNested = true
      } else {
        flat.append(operand.id)
      }
    }
    try require(isNested, "no operand is a concatenation along the same axis for this use only")
    edit.replace(outer.result, with: edit.emit(outer.op, operands: flat)[0])
  }

  private func position(_ concat: Concat, _ rank: Int) -> Int { concat.axis < 0 ? concat.axis + rank : concat.axis }
}
