import Diagnostics
import GraphIR
import Operators
import Tensors

extension RewriteSession {
  /// Carries out what `rule` proposes at `root`: checks types, adds what is new, names it, substitutes, removes what died.
  ///
  /// Returns the nodes worth another look. Throws `NoMatch` when the proposal would give one value two visible names, and
  /// records in `fault` what is wrong with the rule itself.
  func apply(_ proposal: Edit, of rule: String, at root: NodeID) throws(ModelError) -> [NodeID]? {
    var edit = proposal
    if let fault = edit.fault { throw blame(rule, root, fault.message, notes: fault.notes) }
    guard edit.resolveOutputNames(root: root) else { return nil }
    for (old, new) in edit.replacements {
      guard isCompatible(graph[old].type, edit.fact(new).type) else {
        throw blame(rule, root, "would change \(graph[old].name) from \(text(graph[old].type)) to \(text(edit.fact(new).type))")
      }
    }
    let rootNode = graph[root]
    let before = RootFacts(name: nodeName(rootNode), position: rootNode.position, carried: rootNode.carried)
    let added = try commit(edit, before)
    let replaced = edit.replacements
    for (old, new) in replaced { substitute(old, with: new) }
    settle(added, replaced.map(\.old), root: root, rule: rule)
    var again = added.filter { graph.node($0) != nil }
    for (_, new) in replaced where graph.value(new) != nil {
      again.append(contentsOf: graph[new].uses.map(\.node))
      if let producer = graph.producer(of: new) { again.append(producer) }
    }
    return again + neighbours(of: added)
  }

  private struct RootFacts {
    var name: String
    var position: Int
    var carried: Carried?
  }

  private func nodeName(_ node: Node) -> String {
    node.name.isEmpty ? (node.results.first.map { graph[$0].name } ?? "") : node.name
  }

  private func commit(_ edit: Edit, _ root: RootFacts) throws(ModelError) -> [NodeID] {
    var added: [NodeID] = []
    let first = graph.valueCapacity
    var inherited: [ValueID: ValueID] = [:]
    for (old, new) in edit.replacements where new.index >= first && inherited[new] == nil { inherited[new] = old }
    for (index, item) in edit.pending.enumerated() {
      switch item {
      case .constant(let tensor):
        let id = graph.addConstant("", tensor)
        graph.rename(id, to: name(of: id, inherited, root.name, "const"))
      case .node(let op, let operands, let results):
        let names = results.map { (name: "", type: $0.type.flatMap { $0.isFullyNamed ? $0 : nil }) }
        let id = graph.addNode(op, operands, results: names, position: root.position)
        added.append(id)
        let isHeir = graph[id].results.contains { inherited[$0] != nil }
        graph.rename(node: id, to: isHeir ? root.name : "\(root.name)/\(op.name)")
        for result in graph[id].results { graph.rename(result, to: name(of: result, inherited, root.name, op.name)) }
        if isHeir, let carried = root.carried { graph.updateNode(id) { $0.carried = carried } }
        try inference.update(id, in: &graph)
      case .result: break
      }
      precondition(index + first < graph.valueCapacity)
    }
    return added
  }

  /// A replacement takes over the name, declared type and annotations of what it replaces; anything else gets a fresh name.
  private func name(of value: ValueID, _ inherited: [ValueID: ValueID], _ root: String, _ suffix: String) -> String {
    guard let old = inherited[value], !graph[old].isOutput, !graph[old].name.isEmpty else {
      return names.make(from: "\(root)/\(suffix)")
    }
    let name = graph[old].name
    graph.setDeclaredType(value, to: graph[old].declaredType)
    graph.setCarried(value, to: graph[old].carried)
    graph.rename(old, to: "")
    return name
  }

  /// Removes what died and records where the new nodes come from.
  private func settle(_ added: [NodeID], _ replaced: [ValueID], root: NodeID, rule: String) {
    removedSources = []
    var rules: [String] = []
    if case .derived(let derivation) = graph[root].origin { rules = derivation.rules }
    let rootSources = sources(of: root)
    for old in replaced {
      if graph.value(old) != nil, let producer = graph.producer(of: old) { removeIfDead(producer) }
    }
    removeIfDead(root)
    var seen = Set<String>()
    let all = (rootSources + removedSources.reversed()).filter { seen.insert($0).inserted }
    if rules.last != rule { rules.append(rule) }
    let origin = Provenance.derived(.init(sources: all, rules: rules))
    for id in added where graph.node(id) != nil {
      graph.setOrigin(id, to: origin)
      removeIfDead(id)
    }
  }

  private func neighbours(of nodes: [NodeID]) -> [NodeID] {
    var result: [NodeID] = []
    for id in nodes {
      guard let node = graph.node(id) else { continue }
      for case let operand? in node.operands {
        if let producer = graph.producer(of: operand) { result.append(producer) }
      }
      for value in node.results { result.append(contentsOf: graph[value].uses.map(\.node)) }
    }
    return result
  }

  private func isCompatible(_ old: ValueType?, _ new: ValueType?) -> Bool {
    guard let old, let new else { return true }
    guard case .tensor(let a) = old, case .tensor(let b) = new else { return old == new }
    guard a.element == b.element else { return false }
    guard let x = a.shape, let y = b.shape else { return true }
    return x.count == y.count && zip(x, y).allSatisfy { $0.number == nil || $1.number == nil || $0 == $1 }
  }

  private func text(_ type: ValueType?) -> String { type?.description ?? "an unknown type" }

  private func blame(_ rule: String, _ root: NodeID, _ message: String, notes: [String] = []) -> ModelError {
    ModelError(
      .internalInvariant, "rule \(rule) \(message)", at: graph.place(of: root),
      notes: notes + ["this is a defect of Ferry; --disable \(rule) avoids it"])
  }
}

extension ValueType {
  var isFullyNamed: Bool { tensorType?.shape?.contains(.unknown) != true }
}

extension Edit {
  /// Puts an `Identity` where a graph output would otherwise share its value with an input or another output.
  ///
  /// False when the root is such an `Identity` already.
  mutating func resolveOutputNames(root: NodeID) -> Bool {
    let first = session.graph.valueCapacity
    var taken = Set<ValueID>()
    for index in replacements.indices {
      let (old, new) = replacements[index]
      guard session.graph[old].isOutput else { continue }
      let isFree = new.index >= first || session.canTakeOutputName(new)
      if isFree, taken.insert(new).inserted { continue }
      if session.graph[root].operatorIf(Identity.self) != nil { return false }
      setReplacement(index, to: emit(Identity(), new))
    }
    return true
  }
}
