import Diagnostics
import GraphIR
import Tensors

/// One graph while it is being rewritten. Rules see it through `Matched`; only the driver and passes change it.
public final class RewriteSession {
  /// Rules read it all the time while nothing writes: whether somebody does need not be watched at each reading.
  @exclusivity(unchecked) @usableFromInline var storedGraph: Graph
  /// Lent where it lies: asking it something copies nothing.
  @inlinable package var graph: Graph {
    _read { yield storedGraph }
    _modify { yield &storedGraph }
  }
  let context: RewriteContext
  var inference: TypeInference
  /// Source names of the nodes removed since the driver last cleared it, node by node.
  var removedSources: [[String]] = []
  /// Source names of nodes whose values are about to change names.
  var heldSources: [NodeID: [String]] = [:]
  /// What those nodes used.
  var released: [ValueID] = []
  /// Bytes of constants that edits removed, less those that they added.
  var bytesSaved = 0
  /// Nodes that edits removed, less those that they added, `Constant` nodes left out and those of graphs within included.
  var nodesSaved = 0
  private var staleness = Staleness()
  private var knownBytes: (applications: Int, bytes: Int)?
  /// True in a graph that another one owns.
  package let isNested: Bool

  package init(_ graph: Graph, in context: RewriteContext, isNested: Bool = false) {
    storedGraph = graph
    self.context = context
    self.isNested = isNested
    inference = TypeInference(sink: context.sink, symbols: context.names.symbols)
  }

  package var names: FreshNames { context.names }

  /// Brings all types up to date after a round of rewrites; returns how many changed.
  func inferTypes() throws(ModelError) -> Int {
    let before = inference.changeCount
    if let nodes = staleness.nodes { try inference.run(on: &graph, startingAt: nodes) } else { try inference.run(on: &graph) }
    staleness = Staleness()
    return inference.changeCount - before
  }

  /// All nodes, those of graphs within included. No node holds a tensor when passes run that remove nodes.
  var weight: Int { graph.liveNodeCount + graph.nestedWeight }

  /// Bytes of all constants, found out anew only when something was applied since the last time.
  func constantBytes(after applications: Int) -> Int {
    if let known = knownBytes, known.applications == applications { return known.bytes }
    let bytes = graph.constantBytes
    knownBytes = (applications, bytes)
    return bytes
  }

  /// Notes that the types of the nodes' results may no longer be what follows from their operands.
  func markStale(_ nodes: [NodeID]) { staleness.add(nodes) }

  /// Notes that a pass changed the graph, nobody knows where.
  func markAllStale() { staleness.nodes = nil }

  /// Makes every user of `old` use `new`, keeping the names of graph outputs. Returns false, changing nothing, when both
  /// are seen from outside, so that a node is needed to give one value two names.
  @discardableResult
  package func substitute(_ old: ValueID, with new: ValueID) -> Bool {
    if !isAlike(old, new) { markStale(graph[old].uses.map(\.node)) }
    guard graph[old].isOutput else {
      refine(new, by: graph[old])
      graph.replaceAllUses(of: old, with: new)
      return true
    }
    guard canTakeOutputName(new) else { return false }
    refine(new, by: graph[old])
    graph.replaceAllUses(of: old, with: new)
    let (name, declared, carried) = (graph[old].name, graph[old].declaredType, graph[old].carried)
    graph.rename(old, to: graph[new].name)
    graph.rename(new, to: name)
    graph.setDeclaredType(new, to: declared)
    graph.setCarried(new, to: carried)
    return true
  }

  /// True when as much is known of both values.
  private func isAlike(_ a: ValueID, _ b: ValueID) -> Bool {
    graph[a].type == graph[b].type && graph[a].elements == graph[b].elements && graph.constant(a) == nil && graph.constant(b) == nil
  }

  func canTakeOutputName(_ value: ValueID) -> Bool {
    switch graph[value].origin {
    case .result: !graph[value].isOutput
    case .constant: !graph[value].isOutput && !graph.listedConstants.contains(value)
    case .input, .capture: false
    }
  }

  /// Keeps what is known of a replaced value's type where the replacement's says less.
  private func refine(_ value: ValueID, by old: Value) {
    guard case .tensor(let type)? = graph[value].type, case .tensor(let other)? = old.type, type.element == other.element else {
      if graph[value].type == nil, old.type != nil { setRefinedType(value, old.type) }
      return
    }
    guard let shape = type.shape else { return setRefinedType(value, old.type) }
    guard let known = other.shape, known.count == shape.count, shape.contains(where: \.isAnonymous) else { return }
    let refined = zip(shape, known).map { $0.isAnonymous ? $1 : $0 }
    setRefinedType(value, .tensor(type.element, refined))
  }

  private func setRefinedType(_ value: ValueID, _ type: ValueType?) {
    guard graph[value].type != type else { return }
    graph.setType(value, to: type)
    markStale(graph[value].uses.map(\.node))
  }

  /// Removes a node that nothing depends on, then whatever only it depended on.
  ///
  /// An impure node is removed only when it is `root` and `retiring` says that something else now does its work.
  package func removeIfDead(_ root: NodeID, retiring: Bool = false) {
    var pending = [root]
    while let id = pending.popLast() {
      guard graph.contains(id), isDead(id, evenIfImpure: retiring && id == root) else { continue }
      let operands = graph[id].operands
      removedSources.append(sources(of: id))
      bytesSaved += graph[id].op.heldTensor?.byteCount ?? 0
      nodesSaved += graph[id].op.weight
      graph.remove(id)
      for case let operand? in operands {
        released.append(operand)
        guard graph.contains(operand) else { continue }
        if let producer = graph.producer(of: operand) { pending.append(producer) }
        guard let tensor = graph[operand].constant else { continue }
        graph.removeConstant(operand)
        if !graph.contains(operand) { bytesSaved += tensor.byteCount }
      }
    }
  }

  private func isDead(_ id: NodeID, evenIfImpure: Bool) -> Bool {
    graph[id].results.allSatisfy { graph[$0].uses.isEmpty && !graph[$0].isOutput } && (evenIfImpure || graph[id].op.isPureThroughout)
  }

  /// Names of the nodes of the source model that a node stands for.
  func sources(of id: NodeID) -> [String] {
    if let held = heldSources[id] { return held }
    guard graph.contains(id) else { return [] }
    switch graph[id].origin {
    case .imported: return graph[id].name.isEmpty ? graph[id].results.prefix(1).map { graph[$0].name } : [graph[id].name]
    case .derived(let derivation): return derivation.sources
    }
  }
}

extension Operator {
  /// How many nodes a node counts for: none when it only holds a tensor, and those of its graphs besides itself.
  var weight: Int { graphs.reduce(heldTensor == nil ? 1 : 0) { $0 + $1.totalWeight } }
}

extension Graph {
  fileprivate var totalWeight: Int { nodeIDs.reduce(0) { $0 + self[$1].op.weight } }

  /// The nodes of the graphs that nodes own.
  var nestedWeight: Int { nodeIDs.reduce(0) { count, id in graphs(of: id).reduce(count) { $0 + $1.totalWeight } } }
}

/// Nodes whose results' types may be out of date.
private struct Staleness {
  /// By index; `nil` when it may be any.
  var nodes: [Bool]? = []

  mutating func add(_ ids: [NodeID]) {
    guard nodes != nil else { return }
    for id in ids {
      while nodes?.count ?? .max <= id.index { nodes?.append(false) }
      nodes?[id.index] = true
    }
  }
}
