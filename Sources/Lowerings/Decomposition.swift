import Diagnostics
import GraphIR
import Operators
import Tensors

/// Operators in place of one that a version of the standard set does not have, or not in the form at hand.
///
/// Tried only where the node itself cannot be lowered. What it makes are typed nodes with their newest meaning, which are lowered, and
/// decomposed, in turn.
struct Decomposition: Sendable {
  let name: String
  /// Values for the node's results, `nil` for one that is not computed. Throws what prevents the decomposition.
  let expand: @Sendable (any Operator, inout StepContext) throws(NotRepresentable) -> [ValueID?]

  init<Op: Operator>(
    _ type: Op.Type, _ expand: @escaping @Sendable (Op, inout StepContext) throws(NotRepresentable) -> [ValueID?]
  ) {
    name = type.name
    self.expand = { (op, context) throws(NotRepresentable) in
      guard let op = op as? Op else { throw NotRepresentable("is of another type") }
      return try expand(op, &context)
    }
  }
}

/// All decompositions, by operator, in the order in which they are tried.
let decompositions: [String: [Decomposition]] = Dictionary(
  grouping: activationDecompositions + comparisonDecompositions + normalizationDecompositions + movementDecompositions
    + attentionDecompositions + newerDecompositions + axisDecompositions + reductionDecompositions + foldDecompositions + quantizationDecompositions
    + resizeDecompositions + indexingDecompositions + functionDecompositions + loopDecompositions + samplingDecompositions
    + transformDecompositions + integerProductDecompositions + accumulatingDecompositions + suppressionDecompositions + controlDecompositions
    + einsumDecompositions + rangeDecompositions + windowDecompositions + distinctDecompositions + regionDecompositions
    + computedResizeDecompositions + computedAxesDecompositions + computedAxisDecompositions + rankingDecompositions
    + linearAttentionDecompositions + sequenceMapDecompositions + randomDecompositions + countingDecompositions + filterDecompositions
    + recurrentDecompositions + recurrentStepDecompositions + bitDecompositions + computedTransformDecompositions
    + computedColumnDecompositions, by: \.name)

extension StepContext {
  /// Replaces the node by its first decomposition that succeeds, or else by itself between casts to element types that `signature` allows.
  ///
  /// Returns the nodes made. Throws why there is none, the graph unchanged.
  mutating func decompose(limits signature: OperatorElements.Signature?) throws(NotRepresentable) -> [NodeID] {
    let op = graph[node].op
    var reasons: [String] = []
    if let signature {
      do { return try attempt { (context) throws(NotRepresentable) in try context.widened(signature) } } catch { reasons.append(error.reason) }
    }
    for decomposition in decompositions[op.name] ?? [] {
      do {
        return try attempt { (context) throws(NotRepresentable) in try decomposition.expand(op, &context) }
      } catch { reasons.append(error.reason) }
    }
    throw NotRepresentable(reasons.filter { !$0.isEmpty }.last ?? "")
  }

  /// Replaces the node by what `decomposition` makes of it. Throws why there is nothing, the graph unchanged.
  mutating func decompose(by decomposition: Decomposition) throws(NotRepresentable) {
    let op = graph[node].op
    _ = try attempt { (context) throws(NotRepresentable) in try decomposition.expand(op, &context) }
  }

  /// The same for a node in a form that no newer one stands for, where the other version of the set has another.
  ///
  /// Returns `nil` when nothing is known to take its place.
  mutating func decompose(_ foreign: ForeignOperator, to version: Int) -> [NodeID]? {
    guard isStandardDomain(foreign.domain), let entry = OperatorHistory.entries[foreign.name],
      !entry.isUnchanged(between: version, and: foreign.version), let expand = formerDecompositions[foreign.name]
    else { return nil }
    return try? attempt { (context) throws(NotRepresentable) in try expand(foreign, &context) }
  }

  private mutating func attempt(
    _ expand: (inout StepContext) throws(NotRepresentable) -> [ValueID?]
  ) throws(NotRepresentable) -> [NodeID] {
    let firstNew = graph.valueCapacity
    made = []
    do {
      let values = try expand(&self)
      try replace(by: values)
      removeUnusedConstants(from: firstNew)
      return made
    } catch {
      for id in made.reversed() { graph.remove(id) }
      removeUnusedConstants(from: firstNew)
      throw error
    }
  }

  /// Removes constants that were made on the way and are of no use.
  mutating func removeUnusedConstants(from first: Int) {
    for index in first..<max(first, graph.valueCapacity) {
      let id = ValueID(index)
      guard let value = graph.value(id), value.constant != nil, value.uses.isEmpty, !value.isOutput else { continue }
      graph.removeConstant(id)
    }
  }

  /// Gives the node's names to the values that stand for its results, and removes it.
  private mutating func replace(by values: [ValueID?]) throws(NotRepresentable) {
    let old = graph[node]
    var pairs: [(ValueID, ValueID)] = []
    for (index, result) in old.results.enumerated() where !graph[result].uses.isEmpty || graph[result].isOutput {
      guard index < values.count, var value = values[index] else { throw NotRepresentable("result \(index) is used") }
      let isMade = graph[value].constant != nil && graph[value].name.isEmpty && !graph[result].isOutput
      let isOwn = graph.producer(of: value).map { made.contains($0) } ?? isMade
      if !isOwn || pairs.contains(where: { $0.1 == value }) { value = try emit(Identity(), value) }
      pairs.append((result, value))
    }
    for (result, value) in pairs {
      let (name, declared, carried) = (graph[result].name, graph[result].declaredType, graph[result].carried)
      graph.rename(result, to: "")
      graph.rename(value, to: name)
      if let type = graph[result].type { graph.setType(value, to: type) }
      graph.setDeclaredType(value, to: declared)
      graph.setCarried(value, to: carried)
      graph.replaceAllUses(of: result, with: value)
    }
    for case let operand? in old.operands { release(operand) }
    remove(node)
  }
}

// What decompositions are written with.
extension StepContext {
  func operand(_ index: Int) -> ValueID? {
    let operands = graph[node].operands
    return index < operands.count ? operands[index] : nil
  }

  func required(_ index: Int) throws(NotRepresentable) -> ValueID {
    guard let value = operand(index) else { throw NotRepresentable("operand \(index) is missing") }
    return value
  }

  /// True when somebody uses a result.
  func isUsed(_ index: Int) -> Bool {
    let results = graph[node].results
    guard index < results.count else { return false }
    return !graph[results[index]].uses.isEmpty || graph[results[index]].isOutput
  }

  func knownElement(_ value: ValueID) throws(NotRepresentable) -> ElementType {
    guard let element = graph[value].type?.tensorType?.element ?? element(of: value) else {
      throw NotRepresentable("the element type is unknown")
    }
    return element
  }

  func knownShape(_ value: ValueID) throws(NotRepresentable) -> [Dim] {
    guard let shape = shape(of: value) else { throw NotRepresentable("the rank is unknown") }
    return shape
  }

  func fixedShape(_ value: ValueID) throws(NotRepresentable) -> [Int] {
    let sizes = try knownShape(value).map(\.number)
    let known = sizes.compactMap { $0 }
    guard known.count == sizes.count else { throw NotRepresentable("the shape is not fixed") }
    return known
  }

  func axis(_ axis: Int, of value: ValueID) throws(NotRepresentable) -> Int {
    guard let rank = rank(of: value) else { throw NotRepresentable("the rank is unknown") }
    let positive = axis < 0 ? axis + rank : axis
    guard positive >= 0, positive < max(rank, 1) else { throw NotRepresentable("axis \(axis) of rank \(rank)") }
    return positive
  }

  /// A new node's only result. Its type is inferred at once.
  mutating func emit(_ op: any Operator, _ operands: ValueID?...) throws(NotRepresentable) -> ValueID {
    try emit(op, operands, results: 1)[0]
  }

  mutating func emit(_ op: any Operator, _ operands: [ValueID?], results count: Int) throws(NotRepresentable) -> [ValueID] {
    let facts = operands.map { $0.map(graph.fact) }
    let inferred: [Fact]
    do { inferred = try op.inferFacts(facts, resultCount: count) } catch { throw NotRepresentable(error.message) }
    let derivation = Provenance.Derivation(sources: graph.sourceNames(of: node), rules: ["Decompose\(graph[node].op.name)"])
    let types = (0..<count).map { (name: "", type: $0 < inferred.count ? inferred[$0].type : nil) }
    let added = graph.addNode(op, operands, results: types, origin: .derived(derivation), position: graph[node].position)
    made.append(added)
    let results = graph[added].results
    for (result, fact) in zip(results, inferred) { graph.setElements(result, to: fact.elements) }
    return results
  }

  /// A scalar of an element type.
  mutating func number(_ number: Double, _ element: ElementType) throws(NotRepresentable) -> ValueID {
    do { return graph.addConstant("", try Tensor(.float64, [], elements: [number]).converted(to: element)) } catch {
      throw NotRepresentable(error.message)
    }
  }

  mutating func number(_ number: Double, like value: ValueID) throws(NotRepresentable) -> ValueID {
    try self.number(number, knownElement(value))
  }

  /// A vector of 64-bit integers.
  mutating func vector(_ integers: [Int]) throws(NotRepresentable) -> ValueID { try constant(integers: integers.map(Int64.init)) }

  mutating func cast(_ value: ValueID, to element: ElementType) throws(NotRepresentable) -> ValueID {
    try knownElement(value) == element ? value : emit(Cast(to: element), value)
  }

  mutating func reshape(_ value: ValueID, _ sizes: [Int]) throws(NotRepresentable) -> ValueID {
    try emit(Reshape(), value, vector(sizes))
  }

  mutating func transpose(_ value: ValueID, _ permutation: [Int]) throws(NotRepresentable) -> ValueID {
    permutation == Array(permutation.indices) ? value : try emit(Transpose(perm: permutation), value)
  }

  mutating func unsqueeze(_ value: ValueID, at axes: [Int]) throws(NotRepresentable) -> ValueID {
    axes.isEmpty ? value : try emit(Unsqueeze(), value, vector(axes))
  }

  mutating func slice(_ value: ValueID, axis: Int, from start: Int, to end: Int) throws(NotRepresentable) -> ValueID {
    try emit(Slice(), value, vector([start]), vector([end]), vector([axis]))
  }

  mutating func mean(_ value: ValueID, axes: [Int], keepdims: Bool = true) throws(NotRepresentable) -> ValueID {
    var op = ReduceMean()
    op.keepdims = keepdims
    return try emit(op, value, vector(axes))
  }

  /// The sizes of a value's axes, computed where they are not known.
  mutating func size(_ value: ValueID, axis: Int) throws(NotRepresentable) -> ValueID {
    let shape = try knownShape(value)
    if shape.indices.contains(axis), let number = shape[axis].number { return try vector([number]) }
    return try emit(Gather(), emit(ShapeOf(), value), vector([axis]))
  }

  /// One vector of several, for a shape.
  mutating func concat(_ parts: [ValueID], axis: Int = 0) throws(NotRepresentable) -> ValueID {
    parts.count == 1 ? parts[0] : try emit(Concat(axis: axis), parts, results: 1)[0]
  }
}
