import GraphIR
import Operators
import Tensors

/// What runs along one axis that is computed: along every axis, of which one result is chosen.
let computedAxisDecompositions: [Decomposition] = [
  alongEvery(CumSum.self, operand: 1), alongEvery(CumProd.self, operand: 1),
  // Half a spectrum of one number is that of no signal.
  alongEvery(DFT.self, operand: 2, sparing: 1) { op, size in !(op.inverse && op.onesided) || size != 1 },
]

/// `sparing` axes at the end are never meant, nor those whose size is not `possible`.
private func alongEvery<Op: Operator>(
  _ type: Op.Type, operand index: Int, sparing: Int = 0, possible: @escaping @Sendable (Op, Dim) -> Bool = { _, _ in true }
) -> Decomposition {
  Decomposition(type) { (op, context) throws(NotRepresentable) in
    guard let axis = context.operand(index), context.constant(axis) == nil else { throw NotRepresentable("") }
    let shape = try context.knownShape(context.required(0))
    let rank = shape.count
    guard (1...8).contains(rank - sparing) else { throw NotRepresentable("the operand has \(rank) axes") }
    var results: [ValueID] = []
    guard let first = (0..<rank - sparing).first(where: { possible(op, shape[$0]) }) else { throw NotRepresentable("no axis is possible") }
    for candidate in 0..<rank - sparing {
      let place = possible(op, shape[candidate]) ? candidate : first
      var operands = context.graph[context.node].operands
      operands[index] = try context.constant(scalar: place)
      results.append(try context.emit(op, operands, results: 1)[0])
    }
    let place = try context.nonNegative(context.scalar(axis), size: context.constant(scalar: rank))
    return [try context.chosen(place, of: results)]
  }
}

extension StepContext {
  /// One of several values of the same rank, by its place.
  fileprivate mutating func chosen(_ place: ValueID, of values: [ValueID]) throws(NotRepresentable) -> ValueID {
    let shapes = try values.map { (value) throws(NotRepresentable) in try knownShape(value) }
    if shapes.allSatisfy({ $0 == shapes[0] && !$0.contains(.unknown) }) {
      var layers: [ValueID] = []
      for value in values { layers.append(try unsqueeze(value, at: [0])) }
      return try emit(Gather(axis: 0), concat(layers), place)
    }
    // Of different shapes: all elements in a row, of which a part is taken.
    var (elements, starts, rows): ([ValueID], [ValueID], [ValueID]) = ([], [], [])
    var start = try vector([0])
    for value in values {
      elements.append(try flat(value))
      rows.append(try unsqueeze(shapeVector(of: value), at: [0]))
      starts.append(start)
      start = try emit(Add(), start, size(elements[elements.count - 1], axis: 0))
    }
    let ends = try concat(Array(starts.dropFirst()) + [start])
    let one = try unsqueeze(place, at: [0])
    let part = try emit(
      Slice(), concat(elements), emit(Gather(axis: 0), concat(starts), one), emit(Gather(axis: 0), ends, one), vector([0]))
    return try emit(Reshape(), part, emit(Gather(axis: 0), concat(rows), place))
  }
}
