import GraphIR
import Operators
import Tensors

/// Axes and sizes that are computed where an older set has attributes.
let computedAxesDecompositions: [Decomposition] = [
  alongComputed(ReduceSum.self, ReduceSum()), alongComputed(ReduceMax.self, ReduceMax()), alongComputed(ReduceMin.self, ReduceMin()),
  alongComputed(ReduceMean.self, ReduceMean()), alongComputed(ReduceProd.self, ReduceProd()), alongComputed(ReduceLogSumExp.self, ReduceLogSumExp()),
  alongComputed(ReduceL1.self, ReduceSum(), before: { (x, context) throws(NotRepresentable) in try context.emit(Abs(), x) }),
  alongComputed(ReduceSumSquare.self, ReduceSum(), before: { (x, context) throws(NotRepresentable) in try context.emit(Mul(), x, x) }),
  alongComputed(ReduceL2.self, ReduceSum(), before: { (x, context) throws(NotRepresentable) in try context.emit(Mul(), x, x) }) {
    (x, context) throws(NotRepresentable) in try context.emit(Sqrt(), x)
  },
  alongComputed(ReduceLogSum.self, ReduceSum(), before: { (x, _) throws(NotRepresentable) in x }) {
    (x, context) throws(NotRepresentable) in try context.emit(Log(), x)
  },
  Decomposition(Split.self) { (op, context) throws(NotRepresentable) in try context.split(op) },
]

private typealias Map = @Sendable (ValueID, inout StepContext) throws(NotRepresentable) -> ValueID

/// A reduction as that of one axis after the other, each where it is among those wanted.
private func alongComputed<Op: Reduction, Step: Reduction>(
  _ type: Op.Type, _ step: Step, before: @escaping Map = { (x, _) throws(NotRepresentable) in x }, after: Map? = nil
) -> Decomposition {
  Decomposition(type) { (op, context) throws(NotRepresentable) in
    guard let axes = context.operand(1), context.constant(axes) == nil else { throw NotRepresentable("") }
    let x = try context.required(0)
    guard try context.knownElement(x).isFloatingPoint || after == nil else { throw NotRepresentable("reduces integers") }
    var y = try before(x, &context)
    let wanted = try context.wanted(axes, rank: context.knownShape(x).count, allIfNone: !op.noopWithEmptyAxes)
    for axis in try context.knownShape(x).indices {
      let isWanted = try context.cast(context.emit(Gather(axis: 0), wanted, context.constant(scalar: axis)), to: .bool)
      var reduction = step
      (reduction.keepdims, reduction.noopWithEmptyAxes) = (true, false)
      let own = reduction
      y = try context.chosen(where: isWanted, y, changing: axis) { (inner, branch) throws(NotRepresentable) in
        try branch.emit(own, inner, branch.vector([axis]))
      }
    }
    if let after { y = try after(y, &context) }
    if op.keepdims { return [y] }
    let isKept = try context.emit(Equal(), wanted, context.constant(scalar: 0))
    var kept = try context.flat(context.emit(NonZero(), isKept))
    // How many remain is known where the axes' number is: some runtimes need a rank.
    if let count = try context.knownShape(axes).first?.number, count > 0 {
      kept = try context.emit(Reshape(), kept, context.vector([max(context.knownShape(x).count - count, 0)]))
    }
    return [try context.emit(Reshape(), y, context.emit(Gather(axis: 0), context.emit(ShapeOf(), x), kept))]
  }
}

extension StepContext {
  /// For each axis, a number that is not 0 where the axis is among a computed list.
  fileprivate mutating func wanted(_ axes: ValueID, rank: Int, allIfNone: Bool) throws(NotRepresentable) -> ValueID {
    let listed = try unsqueeze(nonNegative(cast(axes, to: .int64), size: vector([rank])), at: [1])
    let isListed = try cast(emit(Equal(), listed, unsqueeze(vector(Array(0..<rank)), at: [0])), to: .int64)
    let counts = try sum(isListed, axes: [0])
    let count = try knownShape(axes).first
    guard allIfNone, count?.number == nil || count == 0 else { return counts }
    let isNone = try cast(emit(Equal(), size(axes, axis: 0), vector([0])), to: .int64)
    return try emit(Add(), counts, isNone)
  }

  /// What `make` makes of a value where a condition holds, and the value itself elsewhere; `axis` is the one whose size may change.
  fileprivate mutating func chosen(
    where condition: ValueID, _ x: ValueID, changing axis: Int, _ make: (ValueID, inout StepContext) throws(NotRepresentable) -> ValueID
  ) throws(NotRepresentable) -> ValueID {
    var choice = If()
    var same = Graph(name: "else_branch")
    let kept = same.addCapture(graph[x].name, graph[x].type)
    let unchanged = same.addNode(Identity(), [kept], results: [("", graph[x].type)])
    same.setOutputs(same[unchanged].results)
    var body = Graph(name: "then_branch")
    let inner = body.addCapture(graph[x].name, graph[x].type)
    let first = body.addNode(Identity(), [inner], results: [("", graph[x].type)])
    var context = StepContext(graph: body, captured: [constant(x)], version: version)
    context.node = first
    body = Graph(name: "")
    let result = try make(context.graph[first].results[0], &context)
    body = context.graph
    body.setOutputs([result])
    (choice.thenBranch, choice.elseBranch) = (body, same)
    let y = try emit(choice, [condition, x], results: 1)[0]
    var shape = try knownShape(x)
    shape[axis] = shape[axis] == 1 ? 1 : .unknown
    graph.setType(y, to: .tensor(try knownElement(x), shape))
    return y
  }

  /// Parts one by one.
  fileprivate mutating func split(_ op: Split) throws(NotRepresentable) -> [ValueID?] {
    guard let sizes = operand(1), constant(sizes) == nil else { throw NotRepresentable("") }
    let x = try required(0)
    let along = try vector([axis(op.axis, of: x)])
    var start = try vector([0])
    var parts: [ValueID?] = []
    for index in graph[node].results.indices {
      let end = try emit(Add(), start, slice(cast(sizes, to: .int64), axis: 0, from: index, to: index + 1))
      parts.append(try emit(Slice(), x, start, end, along))
      start = end
    }
    return parts
  }
}
