import Diagnostics
import GraphIR
import Operators
import Tensors

/// How often sequences of integers occur: every window beside every sequence of the pool.
let countingDecompositions: [Decomposition] = [
  Decomposition(TfIdfVectorizer.self) { (op, context) throws(NotRepresentable) in [try context.occurrences(op)] }
]

extension StepContext {
  fileprivate mutating func occurrences(_ op: TfIdfVectorizer) throws(NotRepresentable) -> ValueID {
    let x = try required(0)
    let shape = try knownShape(x)
    guard try knownElement(x).isInteger, let width = shape.last?.number, width <= 1 << 12, shape.count <= 2 else {
      throw NotRepresentable("counts strings, or in rows of unknown length")
    }
    guard op.minGramLength > 0, op.maxSkipCount >= 0, op.maxSkipCount <= 1 << 12 else { throw NotRepresentable("the lengths do not fit") }
    let (table, columns) = try sequences(op)
    let rows = try shape.count == 1 ? unsqueeze(cast(x, to: .int64), at: [0]) : cast(x, to: .int64)
    var (counts, places): ([ValueID], [Int]) = ([], [])
    for (length, pool) in Dictionary(grouping: table, by: \.items.count).sorted(by: { $0.key < $1.key }) where length <= width {
      var total: ValueID?
      for skip in 1...(length == 1 ? 1 : min(op.maxSkipCount, width) + 1) where (length - 1) * skip < width {
        let found = try matches(rows, width, length, skip, pool.map(\.items))
        total = try total.map { (total) throws(NotRepresentable) in try emit(Add(), total, found) } ?? found
      }
      if let total { counts.append(total) }
      places += pool.map(\.column)
    }
    guard !counts.isEmpty, places.count * columns <= 1 << 22 else { throw NotRepresentable("nothing is counted, or much") }
    var moved = [Double](repeating: 0, count: places.count * columns)
    for (row, column) in places.enumerated() { moved[row * columns + column] = 1 }
    var result = try emit(MatMul(), concat(counts, axis: 1), numbers(moved, [places.count, columns], .float32))
    if op.mode == .weight { result = try cast(emit(Greater(), result, number(0, .float32)), to: .float32) }
    if op.mode != .frequency, let weights = op.weights, weights.count >= columns {
      result = try emit(Mul(), result, numbers(weights.prefix(columns).map(Double.init), [columns], .float32))
    }
    return shape.count == 1 ? try squeeze(result, at: [0]) : result
  }

  /// The pool with the column of each sequence, in a fixed order, and how many columns there are.
  private func sequences(_ op: TfIdfVectorizer) throws(NotRepresentable) -> ([(items: [Int], column: Int)], Int) {
    do {
      let table = try op.columns(pool: op.poolIntegers ?? []).map { (items: $0.key, column: $0.value) }
      return (table.sorted { ($0.column, $0.items.description) < ($1.column, $1.items.description) }, try op.width())
    } catch { throw NotRepresentable(error.message) }
  }

  /// `[rows, sequences]`: in how many windows of `length` items, `skip` apart, each sequence lies.
  private mutating func matches(_ rows: ValueID, _ width: Int, _ length: Int, _ skip: Int, _ pool: [[Int]]) throws(NotRepresentable) -> ValueID {
    let windows = width - (length - 1) * skip
    guard windows * length * pool.count <= 1 << 22 else { throw NotRepresentable("the pool is large") }
    let places = (0..<windows).flatMap { start in (0..<length).map { Double(start + $0 * skip) } }
    let items = try unsqueeze(emit(Gather(axis: 1), rows, numbers(places, [windows, length], .int64)), at: [2])
    let wanted = try reshape(vector(pool.flatMap(\.self)), [pool.count, length])
    let same = try sum(cast(emit(Equal(), items, wanted), to: .int64), axes: [3])
    return try sum(cast(emit(Equal(), same, constant(scalar: length)), to: .float32), axes: [1])
  }
}
