import Diagnostics
import GraphIR
import Operators
import Tensors

extension RewriteSession {
  /// Carries out what `rule` proposes at `root`: checks types, adds what is new, names it, substitutes, removes what died.
  ///
  /// Returns the nodes worth another look; `nil`, having changed nothing, when the proposal would only give one value two
  /// visible names. Throws `internalInvariant`, naming the rule, for a proposal that is wrong.
  func apply(_ proposal: Edit, of rule: String, at root: NodeID) throws(ModelError) -> [NodeID]? {
    var edit = proposal
    if let fault = edit.fault { throw blame(rule, root, fault.message, notes: fault.notes) }
    guard edit.resolveOutputNames(root: root) else { return nil }
    for (old, new) in edit.replacements {
      guard isCompatible(graph[old].type, edit.fact(new).type) else {
        throw blame(rule, root, "would change \(graph[old].name) from \(text(graph[old].type)) to \(text(edit.fact(new).type))")
      }
    }
    let before = RootFacts(graph[root], name: nodeName(root))
    holdSources(of: [root] + edit.replacements.compactMap { graph.producer(of: $0.old) })
    let added = try commit(edit, before, rule)
    context.growthLeft -= edit.growth
    context.copiesLeft -= edit.copied
    var touched: [NodeID] = []
    for (old, new) in edit.replacements {
      touched.append(contentsOf: graph[old].uses.map(\.node))
      if let producer = graph.producer(of: new) { touched.append(producer) }
      substitute(old, with: new)
    }
    settle(added, edit, root: root, before, rule: rule)
    return (added + touched + neighbours(of: added)).filter { graph.contains($0) }
  }

  /// What is remembered of the root while its values change names.
  private struct RootFacts {
    let name: String
    /// False when the node has no name, so that this is its result's.
    let isOwnName: Bool
    let rules: [String]
    let position: Int
    let carried: Carried?

    init(_ node: Node, name: String) {
      self.name = name
      isOwnName = !node.name.isEmpty
      position = node.position
      carried = node.carried
      if case .derived(let derivation) = node.origin { rules = derivation.rules } else { rules = [] }
    }
  }

  private func holdSources(of nodes: [NodeID]) {
    removedSources = []
    released = []
    heldSources = [:]
    for id in nodes { heldSources[id] = sources(of: id) }
  }

  private func nodeName(_ id: NodeID) -> String {
    guard graph[id].name.isEmpty else { return graph[id].name }
    return graph[id].results.lazy.map { self.graph[$0].name }.first { !$0.isEmpty } ?? graph[id].op.name
  }

  private func commit(_ edit: Edit, _ root: RootFacts, _ rule: String) throws(ModelError) -> [NodeID] {
    var added: [NodeID] = []
    let first = graph.valueCapacity
    var inherited: [ValueID: ValueID] = [:]
    for (old, new) in edit.replacements where new.index >= first && inherited[new] == nil { inherited[new] = old }
    for item in edit.pending {
      switch item {
      case .constant(let tensor, let name):
        let id = graph.addConstant("", tensor)
        bytesSaved -= tensor.byteCount
        graph.rename(id, to: self.name(of: id, inherited) ?? name.map(names.keep) ?? names.make(from: "\(root.name)/const"))
      case .node(let node):
        let id = add(node, inherited, root)
        added.append(id)
        if let original = node.original { continueOriginal(original, as: id, inherited, rule) }
        try inference.update(id, in: &graph)
      case .result: break
      }
    }
    return added
  }

  private func add(_ node: Edit.NewNode, _ inherited: [ValueID: ValueID], _ root: RootFacts) -> NodeID {
    let results = node.results.map { (name: "", type: $0.type.flatMap { $0.isFullyNamed ? $0 : nil }) }
    let id = graph.addNode(node.op, node.operands, results: results, position: root.position)
    nodesSaved -= node.op.weight
    let isHeir = graph[id].results.contains { inherited[$0] != nil }
    graph.rename(node: id, to: names.makeNodeName(from: isHeir ? root.name : "\(root.name)/\(node.op.name)"))
    for (index, result) in graph[id].results.enumerated() {
      if let name = name(of: result, inherited) {
        graph.rename(result, to: name)
      } else if node.original.map({ !$0.results[index].name.isEmpty }) ?? true {
        graph.rename(result, to: names.make(from: "\(root.name)/\(node.op.name)"))
      }
    }
    if isHeir, let carried = root.carried { graph.updateNode(id) { $0.carried = carried } }
    return id
  }

  /// Gives a node copied from another graph its name, its origin and what was attached to it.
  private func continueOriginal(_ original: Edit.Original, as id: NodeID, _ inherited: [ValueID: ValueID], _ rule: String) {
    let old = original.node
    graph.updateNode(id) { node in
      node.carried = old.carried
      node.writtenAttributes = old.writtenAttributes
    }
    graph.rename(node: id, to: names.keepNodeName(old.name))
    graph.setOrigin(id, to: old.origin)
    for (result, value) in zip(graph[id].results, original.results) where inherited[result] == nil && !value.name.isEmpty {
      graph.rename(result, to: names.keep(value.name))
      graph.setDeclaredType(result, to: value.declaredType)
      graph.setCarried(result, to: value.carried)
    }
    guard old.name.isEmpty, case .imported = old.origin else { return }
    graph.setOrigin(id, to: .derived(.init(sources: original.results.prefix(1).map(\.name), rules: [rule])))
  }

  /// A replacement takes over the name, declared type and annotations of what it replaces, unless that is a graph output:
  /// then `substitute` exchanges the names.
  private func name(of value: ValueID, _ inherited: [ValueID: ValueID]) -> String? {
    guard let old = inherited[value], !graph[old].isOutput, !graph[old].name.isEmpty else { return nil }
    let name = graph[old].name
    graph.setDeclaredType(value, to: graph[old].declaredType)
    graph.setCarried(value, to: graph[old].carried)
    graph.rename(old, to: "")
    return name
  }

  /// How many source names a node made of many remembers.
  private static let sourceLimit = 64

  /// Removes what died and records where the new nodes come from.
  private func settle(_ added: [NodeID], _ edit: Edit, root: NodeID, _ before: RootFacts, rule: String) {
    removeIfDead(root, retiring: edit.retiresRoot)
    for (old, _) in edit.replacements where graph.contains(old) {
      if let producer = graph.producer(of: old) { removeIfDead(producer) }
    }
    defer { heldSources = [:] }
    if added.isEmpty { return }
    var seen = Set<String>()
    let all = (removedSources.reversed().joined() + sources(of: root)).filter { seen.insert($0).inserted }
    let rules = before.rules.last == rule ? before.rules : before.rules.suffix(8) + [rule]
    let origin = Provenance.derived(.init(sources: Array(all.prefix(Self.sourceLimit)), rules: rules))
    let copies = Set(zip(added, edit.pending.compactMap(\.newNode)).filter { $1.original != nil }.map(\.0))
    for id in added where graph.contains(id) {
      if !copies.contains(id) { graph.setOrigin(id, to: origin) }
      removeIfDead(id)
    }
    guard before.isOwnName, graph.node(root) == nil else { return }
    let heir = added.first { graph.node($0) != nil && !copies.contains($0) && isHeir($0, edit) }
    if let heir { graph.rename(node: heir, to: before.name) }
  }

  /// True for a node that computes what the proposal puts in the place of something.
  private func isHeir(_ node: NodeID, _ edit: Edit) -> Bool {
    graph[node].results.contains { result in edit.replacements.contains { $0.new == result } }
  }

  /// Nodes beside new ones, and those for which a value became the only use.
  private func neighbours(of nodes: [NodeID]) -> [NodeID] {
    var result: [NodeID] = []
    for id in nodes {
      guard graph.contains(id) else { continue }
      for case let operand? in graph[id].operands {
        if let producer = graph.producer(of: operand) { result.append(producer) }
      }
    }
    for id in released {
      guard graph.contains(id) else { continue }
      if let producer = graph.producer(of: id) { result.append(producer) }
      if graph[id].uses.count == 1 { result.append(graph[id].uses[0].node) }
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

  func blame(_ rule: String, _ root: NodeID, _ message: String, notes: [String] = []) -> ModelError {
    ModelError(
      .internalInvariant, "rule \(rule): \(message)", at: graph.place(of: root),
      notes: notes + ["this is a defect of Ferry; --disable \(rule) avoids it"])
  }
}

extension Edit.Pending {
  var newNode: Edit.NewNode? {
    if case .node(let node) = self { node } else { nil }
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
      if session.graph.operatorIf(Identity.self, at: root) != nil { return false }
      setReplacement(index, to: emit(Identity(), new))
    }
    return true
  }
}
