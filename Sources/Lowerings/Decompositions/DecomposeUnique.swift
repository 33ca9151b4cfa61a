import GraphIR
import Operators
import Tensors

/// Each element, or slice, held against every other.
let distinctDecompositions: [Decomposition] = [
  Decomposition(Unique.self) { (op, context) throws(NotRepresentable) in try context.distinct(op) },
  Decomposition(Det.self) { (_, context) throws(NotRepresentable) in [try context.determinant()] },
]

extension StepContext {
  fileprivate mutating func distinct(_ op: Unique) throws(NotRepresentable) -> [ValueID?] {
    let whole = try required(0)
    let element = try knownElement(whole)
    guard element.isFloatingPoint || element.isInteger else { throw NotRepresentable("compares \(element.rawValue)") }
    let along = try op.axis.map { (axis) throws(NotRepresentable) in try self.axis(axis, of: whole) }
    let x = along == nil ? try flat(whole) : whole
    let rows = try rows(x, along ?? 0)
    let (left, right) = (try unsqueeze(rows, at: [1]), try unsqueeze(rows, at: [0]))
    let isSame = try all(emit(Equal(), left, right))
    let first = try firstOnes(isSame)
    let isFirst = try emit(Equal(), first, positions(rows, axis: 0))
    var places = try flat(emit(NonZero(), isFirst))
    if op.sorted {
      let chosen = try emit(Gather(axis: 0), rows, places)
      places = try emit(Gather(axis: 0), places, order(chosen))
    }
    let result = try emit(Gather(axis: along ?? 0), x, places)
    let kept = try emit(Gather(axis: 0), rows, places)
    let isOf = try all(emit(Equal(), left, unsqueeze(kept, at: [0])))
    let inverse = isUsed(2) ? try firstOnes(isOf) : nil
    let counts = isUsed(3) ? try sum(cast(isOf, to: .int64), axes: [0]) : nil
    return [result, places, inverse, counts]
  }

  /// `[count, elements of a slice]`
  private mutating func rows(_ x: ValueID, _ axis: Int) throws(NotRepresentable) -> ValueID {
    let shape = try knownShape(x)
    guard shape[axis] != 0, !shape.contains(0) else { throw NotRepresentable("the operand is empty") }
    let front = try transpose(x, [axis] + shape.indices.filter { $0 != axis })
    return try emit(Reshape(), front, concat([size(x, axis: axis), vector([-1])]))
  }

  /// Along the last axis of truth values.
  private mutating func all(_ values: ValueID) throws(NotRepresentable) -> ValueID {
    let differing = try sum(cast(emit(Not(), values), to: .int32), axes: [2])
    return try emit(Equal(), differing, number(0, .int32))
  }

  /// The place of the first that is true along the last of two axes.
  private mutating func firstOnes(_ values: ValueID) throws(NotRepresentable) -> ValueID {
    var first = ArgMax()
    (first.axis, first.keepdims) = (1, false)
    return try emit(first, cast(values, to: .int32))
  }

  /// Places in ascending order of distinct rows: by the first element in which two differ.
  private mutating func order(_ rows: ValueID) throws(NotRepresentable) -> ValueID {
    let (left, right) = (try unsqueeze(rows, at: [1]), try unsqueeze(rows, at: [0]))
    let isLess = try cast(emit(Less(), right, left), to: .int32)
    let isMore = try cast(emit(Greater(), right, left), to: .int32)
    let differs = try emit(Add(), isLess, isMore)
    var first = ArgMax()
    (first.axis, first.keepdims) = (2, true)
    let isThere = try cast(emit(Equal(), emit(first, differs), unsqueeze(positions(rows, axis: 1), at: [0, 1])), to: .int32)
    let rank = try sum(emit(Mul(), isLess, isThere), axes: [1, 2])
    let isPlace = try emit(Equal(), unsqueeze(cast(rank, to: .int64), at: [0]), unsqueeze(positions(rows, axis: 0), at: [1]))
    return try firstOnes(isPlace)
  }

  /// Of matrices of up to four rows, by the rows below the first without one column.
  fileprivate mutating func determinant() throws(NotRepresentable) -> ValueID {
    let x = try required(0)
    let shape = try knownShape(x)
    guard shape.count >= 2, let size = shape[shape.count - 1].number, (1...4).contains(size), shape[shape.count - 2].number == size else {
      throw NotRepresentable("a matrix has more than four rows")
    }
    let rank = shape.count
    var entries: [[ValueID]] = []
    for row in 0..<size {
      let line = try emit(Gather(axis: rank - 2), x, constant(scalar: row))
      var columns: [ValueID] = []
      for column in 0..<size { columns.append(try emit(Gather(axis: rank - 2), line, constant(scalar: column))) }
      entries.append(columns)
    }
    return try minor(entries, row: 0, columns: Array(0..<size))
  }

  private mutating func minor(_ entries: [[ValueID]], row: Int, columns: [Int]) throws(NotRepresentable) -> ValueID {
    guard columns.count > 1 else { return entries[row][columns[0]] }
    var sum: ValueID?
    for (index, column) in columns.enumerated() {
      let rest = try minor(entries, row: row + 1, columns: columns.filter { $0 != column })
      let product = try emit(Mul(), entries[row][column], rest)
      guard let before = sum else {
        sum = product
        continue
      }
      sum = index % 2 == 0 ? try emit(Add(), before, product) : try emit(Sub(), before, product)
    }
    guard let sum else { throw NotRepresentable("the matrix is empty") }
    return sum
  }
}
