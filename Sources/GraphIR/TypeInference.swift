import Diagnostics
import Tensors

/// An operator whose graphs run as part of it.
public protocol ControlFlow: Operator {
  /// Facts of the inputs of one of the operator's graphs, given facts of the node's own operands (captures not counted).
  func inputFacts(ofGraph index: Int, operands: [Fact?]) throws(ModelError) -> [Fact]
  /// Facts of the node's results, given those of each graph's outputs.
  func resultFacts(graphOutputs: [[Fact]], operands: [Fact?], resultCount: Int) throws(ModelError) -> [Fact]
  /// True when only one of the graphs runs each time.
  var choosesOneGraph: Bool { get }
}

extension ControlFlow {
  public var choosesOneGraph: Bool { false }
}

/// Gives every value the type that follows from the inputs and the operators.
///
/// What follows from the operators outranks what the source states, except that a stated number outranks an expression and
/// a stated name an unnamed size. A contradiction between numbers is reported to the sink; one between element types is an error.
package struct TypeInference {
  private let sink: DiagnosticSink?
  private let symbols: FreshSymbols
  /// How many results' types or elements have become other than they were.
  package private(set) var changeCount = 0

  package init(sink: DiagnosticSink? = nil, symbols: FreshSymbols = FreshSymbols()) {
    self.sink = sink
    self.symbols = symbols
  }

  /// Infers all types of `graph` and of the graphs within it. Throws what the operators' `infer` throws, located.
  package mutating func run(on graph: inout Graph) throws(ModelError) {
    symbols.avoid(those: graph)
    try updateAll(in: &graph)
  }

  /// Infers the types that depend on nodes for whose index `isStale` holds, and on nodes that own graphs; all others are up to date.
  package mutating func run(on graph: inout Graph, startingAt isStale: [Bool]) throws(ModelError) {
    var isNew = [Bool](repeating: false, count: graph.valueCapacity)
    for id in try graph.topologicalOrder() {
      let isAffected = id.index < isStale.count && isStale[id.index] || graph.ownsGraphs(id)
      guard isAffected || graph[id].operands.contains(where: { $0.map { isNew[$0.index] } ?? false }) else { continue }
      let before = changeCount
      try update(id, in: &graph)
      if changeCount > before { for result in graph[id].results { isNew[result.index] = true } }
    }
  }

  private mutating func updateAll(in graph: inout Graph) throws(ModelError) {
    for id in try graph.topologicalOrder() { try update(id, in: &graph) }
  }

  /// Infers the results of one node from what is known of its operands.
  package mutating func update(_ id: NodeID, in graph: inout Graph) throws(ModelError) {
    if graph.key(of: id) == ObjectIdentifier(ForeignOperator.self), !graph.ownsGraphs(id) { return }
    let facts = graph[id].operands.map { $0.map { graph.fact($0) } }
    let inferred: [Fact]
    do throws(ModelError) {
      inferred = try results(of: id, facts, in: &graph)
    } catch {
      throw error.located(graph.place(of: id))
    }
    for (result, fact) in zip(graph[id].results, inferred) { try merge(fact, into: result, of: id, in: &graph) }
  }

  private mutating func results(of id: NodeID, _ facts: [Fact?], in graph: inout Graph) throws(ModelError) -> [Fact] {
    let op = graph[id].op
    let resultCount = graph[id].results.count
    guard graph.ownsGraphs(id) else { return try op.inferFacts(facts, resultCount: resultCount) }
    let captureCount = graph[id].captureCount
    let captures = facts.suffix(captureCount).map { $0 ?? .unknown }
    let own = Array(facts.dropLast(captureCount))
    let control = op as? any ControlFlow
    var outputs: [[Fact]?] = []
    var inference = self
    try graph.updateGraphs(of: id) { (graphs) throws(ModelError) in
      for index in graphs.indices {
        let inputs = try control?.inputFacts(ofGraph: index, operands: own) ?? []
        graphs[index].adopt(inputs: inputs, captures: captures)
        outputs.append(try inference.outputFacts(of: &graphs[index], mayFail: control?.choosesOneGraph ?? false))
      }
    }
    changeCount = inference.changeCount
    // A graph that cannot run is not the one that is chosen, so the results are those of the others.
    guard let possible = outputs.lazy.compactMap({ $0 }).first else { throw ModelError(.typeMismatch, "none of the graphs can run") }
    return try control?.resultFacts(graphOutputs: outputs.map { $0 ?? possible }, operands: own, resultCount: resultCount) ?? []
  }

  /// Facts of a graph's outputs; `nil`, with a warning, when its types contradict each other and it `mayFail`.
  private mutating func outputFacts(of graph: inout Graph, mayFail: Bool) throws(ModelError) -> [Fact]? {
    do throws(ModelError) {
      try updateAll(in: &graph)
    } catch where mayFail {
      sink?.warn("can never run: " + error.message, at: error.place)
      return nil
    }
    return graph.outputs.map(graph.fact)
  }

  private mutating func merge(_ fact: Fact, into result: ValueID, of id: NodeID, in graph: inout Graph) throws(ModelError) {
    setElements(fact.elements, of: result, in: &graph)
    guard let inferred = fact.type else { return }
    guard case .tensor(let new) = inferred, case .tensor(let old)? = graph[result].type else {
      return setType(named(inferred), of: result, in: &graph)
    }
    guard new.element == old.element else {
      var place = graph.place(of: id)
      place.value = graph[result].name
      throw ModelError(
        .typeMismatch, "the model says \(old.element.rawValue), the operator gives \(new.element.rawValue)", at: place)
    }
    setType(.tensor(new.element, merged(new.shape, old.shape, of: result, in: graph)), of: result, in: &graph)
  }

  private mutating func setType(_ type: ValueType, of result: ValueID, in graph: inout Graph) {
    guard graph[result].type != type else { return }
    changeCount += 1
    graph.setType(result, to: type)
  }

  /// Elements that nothing describes keep the symbols that they have, so that inferring again changes nothing.
  private mutating func setElements(_ new: [Dim]?, of result: ValueID, in graph: inout Graph) {
    let old = graph[result].elements
    guard new != old || old?.contains(where: \.isUnnamed) ?? false else { return }
    let keeps = old?.count == new?.count
    let elements = new?.enumerated().map { index, dim in
      guard dim.isUnnamed, keeps, let known = old?[index], known.isAnonymous, !known.isUnnamed else { return named(dim) }
      return known
    }
    guard elements != old else { return }
    changeCount += 1
    graph.setElements(result, to: elements)
  }

  private func merged(_ new: [Dim]?, _ old: [Dim]?, of value: ValueID, in graph: Graph) -> [Dim]? {
    // What a decomposition inferred for its own nodes may not be named yet, and two open sizes would pass for one.
    guard let new else { return old?.map { named($0) } }
    guard let old = old?.map({ named($0) }) else { return new.map { named($0) } }
    guard new.count == old.count else {
      sink?.warn("has rank \(new.count), not \(old.count) as the model says", at: graph.place(of: value))
      return new.map { named($0) }
    }
    return zip(new, old).map { new, old in
      switch (new.number, old.number) {
      case (let a?, let b?) where a != b:
        sink?.warn("has size \(a), not \(b) as the model says", at: graph.place(of: value))
        return new
      case (_?, _): return new
      case (nil, _?): return old
      case (nil, nil): return new.isAnonymous && !old.isAnonymous ? old : (new.isUnnamed && old.isAnonymous ? old : named(new))
      }
    }
  }

  private func named(_ type: ValueType) -> ValueType {
    guard case .tensor(let tensor) = type else { return type }
    return .tensor(tensor.element, tensor.shape?.map { named($0) })
  }

  /// A size that an operator left open gets a symbol of its own.
  private func named(_ dim: Dim) -> Dim { dim.isUnnamed ? symbols.make() : dim }
}

extension Dim {
  /// For `infer`: a size that depends on data. Inference replaces it, and what is computed from it, by a symbol of its own.
  public static let unknown = Dim.symbol("?")

  var isUnnamed: Bool {
    guard case .expression(let polynomial) = self else { return false }
    var isUnnamed = false
    polynomial.visitSymbols { if $0 == "?" { isUnnamed = true } }
    return isUnnamed
  }
}

extension Graph {
  /// Takes over what the surroundings know of the inputs and captures, where the graph itself says less.
  fileprivate mutating func adopt(inputs facts: [Fact], captures captureFacts: [Fact]) {
    for (value, fact) in zip(inputs, facts) where self[value].type?.tensorType?.shape == nil {
      if let type = fact.type { setType(value, to: type) }
    }
    for (value, fact) in zip(captures, captureFacts) {
      if let type = fact.type { setType(value, to: type) }
      setElements(value, to: fact.elements)
    }
  }
}
