import Diagnostics
import GraphIR
import Operators
import Tensors

/// Sums of products by their equation: one matrix product for every further operand.
let einsumDecompositions: [Decomposition] = [
  Decomposition(Einsum.self) { (op, context) throws(NotRepresentable) in
    let operands = context.graph[context.node].operands.compactMap { $0 }
    do {
      let equation = try EinsumEquation(op.equation ?? "", terms: operands.count)
      var all: [EinsumEquation.Label] = []
      var labels: [[EinsumEquation.Label]] = []
      for (operand, term) in zip(operands, equation.terms) {
        guard let rank = context.rank(of: operand) else { throw NotRepresentable("the rank is unknown") }
        labels.append(try equation.labels(of: term, rank: rank))
        all += labels[labels.count - 1]
      }
      let result = try equation.resultLabels(Set(all))
      return [try context.contracted(operands, labels, to: result)]
    } catch let error as NotRepresentable {
      throw error
    } catch { throw NotRepresentable("the equation does not fit") }
  }
]

/// A value whose axes have names.
private struct Factor {
  typealias Label = EinsumEquation.Label
  var value: ValueID
  var labels: [Label]
}

extension StepContext {
  fileprivate mutating func contracted(
    _ operands: [ValueID], _ labels: [[Factor.Label]], to result: [Factor.Label]
  ) throws(NotRepresentable) -> ValueID {
    var factors: [Factor] = []
    for (operand, labels) in zip(operands, labels) { factors.append(try withoutDiagonals(Factor(value: operand, labels: labels))) }
    guard var product = factors.first else { throw NotRepresentable("has no operands") }
    for index in factors.indices.dropFirst() {
      let later = Set(result).union(factors[(index + 1)...].flatMap(\.labels))
      let left = try summed(product, keeping: later.union(factors[index].labels))
      let right = try summed(factors[index], keeping: later.union(product.labels))
      product = try combined(left, right, keeping: later)
    }
    product = try summed(product, keeping: Set(result))
    guard Set(product.labels) == Set(result) else { throw NotRepresentable("the result has further axes") }
    return try ordered(product, result)
  }

  /// The sum over axes that nobody names any more.
  private mutating func summed(_ factor: Factor, keeping: Set<Factor.Label>) throws(NotRepresentable) -> Factor {
    let gone = factor.labels.indices.filter { !keeping.contains(factor.labels[$0]) }
    return Factor(value: try sum(factor.value, axes: gone), labels: factor.labels.filter(keeping.contains))
  }

  private mutating func ordered(_ factor: Factor, _ labels: [Factor.Label]) throws(NotRepresentable) -> ValueID {
    try transpose(factor.value, labels.compactMap { factor.labels.firstIndex(of: $0) })
  }

  /// Of axes with the same name, the elements of which all coordinates are equal.
  private mutating func withoutDiagonals(_ factor: Factor) throws(NotRepresentable) -> Factor {
    var factor = factor
    while let label = factor.labels.first(where: { label in factor.labels.count { $0 == label } > 1 }) {
      let twice = Array(factor.labels.indices.filter { factor.labels[$0] == label }.prefix(2))
      let rest = factor.labels.indices.filter { !twice.contains($0) }
      guard let size = try knownShape(factor.value)[twice[0]].number, size <= 1 << 10 else { throw NotRepresentable("a diagonal of unknown size") }
      var shape: [ValueID] = [try vector([size * size])]
      for axis in rest { shape.append(try self.size(factor.value, axis: axis)) }
      let flat = try emit(Reshape(), transpose(factor.value, twice + rest), concat(shape))
      let diagonal = try emit(Gather(axis: 0), flat, vector((0..<size).map { $0 * (size + 1) }))
      factor = Factor(value: diagonal, labels: [label] + rest.map { factor.labels[$0] })
    }
    return factor
  }

  private mutating func combined(_ a: Factor, _ b: Factor, keeping: Set<Factor.Label>) throws(NotRepresentable) -> Factor {
    let shared = a.labels.filter(b.labels.contains)
    let batch = shared.filter(keeping.contains)
    let contracted = shared.filter { !keeping.contains($0) }
    let (onlyA, onlyB) = (a.labels.filter { !shared.contains($0) }, b.labels.filter { !shared.contains($0) })
    guard !contracted.isEmpty else { return try multiplied(a, b, batch, onlyA, onlyB) }
    let left = try matrix(a, batch, onlyA, contracted)
    let right = try matrix(b, batch, contracted, onlyB)
    let product = try emit(MatMul(), left, right)
    var shape: [ValueID] = []
    for label in batch { shape.append(try larger(label, a, b)) }
    for label in onlyA { shape.append(try size(of: label, in: a)) }
    for label in onlyB { shape.append(try size(of: label, in: b)) }
    let labels = batch + onlyA + onlyB
    if onlyA.count == 1, onlyB.count == 1 { return Factor(value: product, labels: labels) }
    let result = try shape.isEmpty ? reshape(product, []) : emit(Reshape(), product, concat(shape))
    return Factor(value: result, labels: labels)
  }

  /// Element by element, where no axis is summed over.
  private mutating func multiplied(
    _ a: Factor, _ b: Factor, _ batch: [Factor.Label], _ onlyA: [Factor.Label], _ onlyB: [Factor.Label]
  ) throws(NotRepresentable) -> Factor {
    let labels = batch + onlyA + onlyB
    let left = try ordered(a, batch + onlyA)
    let right = try ordered(b, batch + onlyB)
    let wideLeft = try unsqueeze(left, at: Array((batch.count + onlyA.count)..<labels.count))
    let wideRight = try unsqueeze(right, at: Array(batch.count..<(batch.count + onlyA.count)))
    return Factor(value: try emit(Mul(), wideLeft, wideRight), labels: labels)
  }

  /// The batch axes, then two groups of axes, each as one.
  private mutating func matrix(
    _ factor: Factor, _ batch: [Factor.Label], _ rows: [Factor.Label], _ columns: [Factor.Label]
  ) throws(NotRepresentable) -> ValueID {
    let moved = try ordered(factor, batch + rows + columns)
    if rows.count == 1, columns.count == 1 { return moved }
    var shape: [ValueID] = []
    for label in batch { shape.append(try size(of: label, in: factor)) }
    for group in [rows, columns] {
      var size = try vector([1])
      for label in group { size = try product(size, self.size(of: label, in: factor)) }
      shape.append(size)
    }
    return try emit(Reshape(), moved, concat(shape))
  }

  private mutating func size(of label: Factor.Label, in factor: Factor) throws(NotRepresentable) -> ValueID {
    guard let axis = factor.labels.firstIndex(of: label) else { throw NotRepresentable("an axis is missing") }
    return try size(factor.value, axis: axis)
  }

  /// The size of an axis that one of the two may have only once.
  private mutating func larger(_ label: Factor.Label, _ a: Factor, _ b: Factor) throws(NotRepresentable) -> ValueID {
    let first = try size(of: label, in: a)
    return (try? constant(first)?.integers()) == [1] ? try size(of: label, in: b) : first
  }
}
