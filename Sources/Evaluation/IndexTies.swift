import Diagnostics
import GraphIR
import Operators
import Tensors

/// Indices of the largest or best elements, and the elements that they were chosen by: of several that are equal, a runtime may name any.
struct IndexTies {
  /// The node that chose.
  let node: NodeID
  /// What it chose by.
  let values: ValueID
  private let form: Form

  private enum Form {
    case along(axis: Int)
    /// Rows of image, class and box.
    case boxes
  }

  /// `nil` for a value that is no such indices, nor a cast or a reshaping of some.
  init?(of value: ValueID, in graph: Graph) {
    var value = value
    while let id = graph.producer(of: value) {
      let node = graph[id]
      let place = node.results.firstIndex(of: value)
      switch node.op {
      case let op as ArgMax: form = .along(axis: op.axis)
      case let op as ArgMin: form = .along(axis: op.axis)
      case let op as TopK where place == 1: form = .along(axis: op.axis)
      case is NonMaxSuppression: form = .boxes
      case is Cast, is any ViewsOperand:
        guard case let operand?? = node.operands.first else { return nil }
        value = operand
        continue
      default: return nil
      }
      let chooser = if case .boxes = form { 1 } else { 0 }
      guard chooser < node.operands.count, let values = node.operands[chooser] else { return nil }
      (self.node, self.values) = (id, values)
      return
    }
    return nil
  }

  /// Of the places where two sets of indices differ, whether each pair points at equal `values`; false for indices that cannot be.
  func tie(_ a: [Int], _ b: [Int], in values: Tensor, _ tolerance: Tolerance) throws(ModelError) -> Bool {
    guard a.count == b.count else { return false }
    let numbers = try values.doubles()
    let scale = numbers.reduce(0) { $1.isFinite ? max($0, abs($1)) : $0 }
    func equal(_ x: Int?, _ y: Int?) -> Bool {
      guard let x, let y, numbers.indices.contains(x), numbers.indices.contains(y) else { return false }
      let (first, second) = (numbers[x], numbers[y])
      guard first.isFinite, second.isFinite else { return first == second || first.isNaN && second.isNaN }
      return abs(first - second) <= tolerance.relative * abs(second) + tolerance.absolute * scale + tolerance.floor
    }
    switch form {
    case .along(let axis): return try tieAlong(axis, a, b, values.shape, equal)
    case .boxes: return tieOfBoxes(a, b, values.shape, equal)
    }
  }

  private func tieAlong(
    _ axis: Int, _ a: [Int], _ b: [Int], _ shape: Shape, _ equal: (Int?, Int?) -> Bool
  ) throws(ModelError) -> Bool {
    let axis = axis < 0 ? axis + shape.count : axis
    guard shape.indices.contains(axis) else { return false }
    let (length, inner) = (shape[axis], shape[(axis + 1)...].reduce(1, *))
    let rows = shape[..<axis].reduce(1, *) * inner
    guard rows > 0, a.count % rows == 0 else { return false }
    let chosen = a.count / rows
    for row in 0..<rows {
      let (outer, column) = (row / inner, row % inner)
      var seen: Set<Int> = []
      for rank in 0..<chosen {
        let place = (outer * chosen + rank) * inner + column
        let (x, y) = (a[place], b[place])
        // Naming one element twice is no choice among equals.
        guard seen.insert(x).inserted else { return false }
        if x == y { continue }
        func at(_ index: Int) -> Int? { (0..<length).contains(index) ? (outer * length + index) * inner + column : nil }
        guard equal(at(x), at(y)) else { return false }
      }
    }
    return true
  }

  private func tieOfBoxes(_ a: [Int], _ b: [Int], _ shape: Shape, _ equal: (Int?, Int?) -> Bool) -> Bool {
    guard shape.count == 3, a.count % 3 == 0 else { return false }
    func at(_ row: ArraySlice<Int>) -> Int? {
      let row = Array(row)
      guard zip(row, shape).allSatisfy({ $0 >= 0 && $0 < $1 }) else { return nil }
      return (row[0] * shape[1] + row[1]) * shape[2] + row[2]
    }
    var seen: Set<[Int]> = []
    for start in stride(from: 0, to: a.count, by: 3) {
      let (x, y) = (a[start..<start + 3], b[start..<start + 3])
      guard seen.insert(Array(x)).inserted else { return false }
      if x == y { continue }
      guard Array(x.prefix(2)) == Array(y.prefix(2)), equal(at(x), at(y)) else { return false }
    }
    return true
  }
}

/// Two runs whose values are compared: a graph with the inputs that it was run on, and the same of the reference.
public struct TieCheck: Sendable {
  private let actual: (executor: Executor, inputs: [RuntimeValue?])
  private let reference: (executor: Executor, inputs: [RuntimeValue?])

  public init(actual: (executor: Executor, inputs: [RuntimeValue?]), reference: (executor: Executor, inputs: [RuntimeValue?])) {
    (self.actual, self.reference) = (actual, reference)
  }

  /// The agreement of `a` with `b`, the reference: equal, and saying so, when they are indices that differ among equal elements alone,
  /// by the elements of the reference and, where they are known, by those of the other side.
  ///
  /// Throws what running throws.
  public func settled(
    _ agreement: Agreement, _ a: (value: ValueID, tensor: Tensor), _ b: (value: ValueID, tensor: Tensor), _ tolerance: Tolerance
  ) throws(ModelError) -> Agreement {
    guard !agreement.isEqual, a.tensor.element == b.tensor.element, a.tensor.shape == b.tensor.shape, b.tensor.element.isInteger,
      let ties = IndexTies(of: b.value, in: reference.executor.plan.graph),
      let values = try reference.executor.tensor(ties.values, for: reference.inputs)
    else { return agreement }
    let (mine, theirs) = (try a.tensor.integers(), try b.tensor.integers())
    guard try ties.tie(mine, theirs, in: values, tolerance) else { return agreement }
    if let own = IndexTies(of: a.value, in: actual.executor.plan.graph), let values = try actual.executor.tensor(own.values, for: actual.inputs) {
      guard try own.tie(mine, theirs, in: values, tolerance) else { return agreement }
    }
    let graph = reference.executor.plan.graph
    let count = zip(mine, theirs).count { $0 != $1 }
    let name = graph[ties.node].name.isEmpty ? "" : " \"\(graph[ties.node].name)\""
    var result = agreement
    (result.isEqual, result.mismatches) = (true, 0)
    result.ties = "\(count) of \(mine.count) indices of \(graph[ties.node].op.name)\(name) differ among equal elements of \"\(graph[ties.values].name)\""
    return result
  }
}

extension Executor {
  /// The tensor that a value of the outermost graph is, for given inputs; `nil` for anything else.
  fileprivate func tensor(_ value: ValueID, for inputs: [RuntimeValue?]) throws(ModelError) -> Tensor? {
    let graph = plan.graph
    if let constant = graph.constant(value) { return constant }
    if let index = graph.inputs.firstIndex(of: value) {
      return (index < inputs.count ? inputs[index]?.tensor : nil) ?? graph.defaults[value]
    }
    var found: Tensor?
    _ = try run(values: inputs) { id, result in
      if id == value { found = result.tensor }
    }
    return found
  }
}
