import GraphIR
import Operators
import Rewriting

/// Says an equation of indices in one more elementary operator, where one is enough. Exact up to the order of summation.
///
///     %y = Einsum(%x) {equation: "bij->bji"}        →   Transpose(%x) {perm: [0, 2, 1]}
///     %y = Einsum(%x) {equation: "bij->bi"}         →   ReduceSum(%x, [2]) {keepdims: 0}
///     %y = Einsum(%a, %b) {equation: "bij,bjk->bik"} →   MatMul(%a, %b)
///     %y = Einsum(%a, %b) {equation: "ij,kj->ik"}   →   Gemm(%a, %b) {transB: 1}
///
/// A constant factor may have to be transposed first, which costs nothing, and so may one that is transposed already. Letters come
/// once in a term, and mean one size in all.
package struct DecomposeEinsum: RewriteRule {
  package static let rounds = true
  package init() {}

  package func rewrite(_ einsum: Matched<Einsum>, _ edit: inout Edit) throws(NoMatch) {
    let terms = einsum.all(from: .inputs).compactMap { $0 }
    let (labels, result) = try parsed(einsum.op.equation ?? "", count: terms.count)
    for (term, value) in zip(labels, terms) {
      try require(try value.rank() == term.count, "a term does not name every axis")
      try value.requireCommonFloat()
    }
    switch terms.count {
    case 1: try edit.replace(einsum.result, withSameShape: single(terms[0], labels[0], result, &edit))
    case 2: try edit.replace(einsum.result, withSameShape: pair(terms, labels, result, &edit))
    default: throw NoMatch("there are more than two factors")
    }
  }

  private func parsed(_ equation: String, count: Int) throws(NoMatch) -> ([[Character]], [Character]) {
    let plain = equation.filter { $0 != " " }
    try require(plain.allSatisfy { $0.isLetter || "->,".contains($0) } && plain.contains("->"), "the equation is abridged")
    guard let arrow = plain.firstRange(of: "->") else { throw NoMatch("the equation is abridged") }
    let terms = plain[..<arrow.lowerBound].split(separator: ",", omittingEmptySubsequences: false).map(Array.init)
    let result = Array(plain[arrow.upperBound...])
    try require(terms.count == count && (terms + [result]).allSatisfy { Set($0).count == $0.count }, "a letter comes twice in a term")
    try require(Set(result).isSubset(of: terms.joined()), "the result names an axis that no operand has")
    return (terms, result)
  }

  /// A transposition, or a sum over axes.
  private func single(_ x: MatchedValue, _ labels: [Character], _ result: [Character], _ edit: inout Edit) throws(NoMatch) -> ValueID {
    if labels.count == result.count { return edit.emit(Transpose(perm: result.compactMap(labels.firstIndex)), x.id) }
    try require(labels.filter(result.contains) == result, "the sum is transposed")
    var sum = ReduceSum()
    sum.keepdims = false
    return edit.emit(sum, x.id, edit.constant(labels.indices.filter { !result.contains(labels[$0]) }))
  }

  /// A product of matrices.
  private func pair(_ terms: [MatchedValue], _ labels: [[Character]], _ result: [Character], _ edit: inout Edit) throws(NoMatch) -> ValueID {
    let shared = labels[0].filter(labels[1].contains)
    let summed = shared.filter { !result.contains($0) }
    let batch = result.filter(shared.contains)
    let rows = labels[0].filter { !shared.contains($0) }, columns = labels[1].filter { !shared.contains($0) }
    try require(summed.count == 1 && rows.count == 1 && columns.count == 1, "not a product of matrices")
    for letter in shared { try require(try size(letter, terms[0], labels[0]) == size(letter, terms[1], labels[1]), "a letter means two sizes") }
    let isSwapped = result == batch + columns + rows
    try require(isSwapped || result == batch + rows + columns, "the result is transposed")
    let (a, b) = isSwapped ? (1, 0) : (0, 1)
    let (outer, inner) = isSwapped ? (columns, rows) : (rows, columns)
    if batch.isEmpty, let y = gemm(terms[a], labels[a] == summed + outer, terms[b], labels[b] == inner + summed, &edit) { return y }
    let left = try ordered(terms[a], labels[a], as: batch + outer + summed, &edit)
    let right = try ordered(terms[b], labels[b], as: batch + summed + inner, &edit)
    return edit.emit(MatMul(), left, right)
  }

  private func size(_ letter: Character, _ value: MatchedValue, _ labels: [Character]) throws(NoMatch) -> Dim? {
    try labels.firstIndex(of: letter).map { (index) throws(NoMatch) in try value.shape()[index] }
  }

  /// Matrices that are not constants and have to be transposed.
  private func gemm(_ a: MatchedValue, _ transA: Bool, _ b: MatchedValue, _ transB: Bool, _ edit: inout Edit) -> ValueID? {
    guard transA && !a.isConstant || transB && !b.isConstant else { return nil }
    var op = Gemm()
    (op.transA, op.transB) = (transA, transB)
    return edit.emit(op, a.id, b.id)
  }

  /// The value with its axes in another order, where that takes no further node.
  private func ordered(_ x: MatchedValue, _ labels: [Character], as wanted: [Character], _ edit: inout Edit) throws(NoMatch) -> ValueID {
    if labels == wanted { return x.id }
    let perm = wanted.compactMap(labels.firstIndex)
    if x.isConstant { return edit.emit(Transpose(perm: perm), x.id) }
    let transpose = try x.soleProducer(Transpose.self)
    let own = try transpose.permutation()
    return edit.emit(Transpose(perm: perm.map { own[$0] }), try transpose[.x].id)
  }
}
