import Diagnostics
import GraphIR

/// Which nodes and values of one graph are which of another, whatever they are called.
///
/// First those that are computed the same way from the same inputs and constants, then those from which the same is computed on the way
/// to the same outputs, then neighbours of both, and last those of one name.
struct Correspondence {
  private let a: Graph
  private let b: Graph
  private(set) var nodes: [NodeID: NodeID] = [:]
  private var taken: Set<NodeID> = []
  private var pending: [(NodeID, NodeID)] = []

  /// Throws what reading constants does.
  init(_ a: Graph, _ b: Graph) throws(ModelError) {
    (self.a, self.b) = (a, b)
    let (first, second) = (try StructuralHash(a), try StructuralHash(b))
    let (old, new) = (a.listedNodes(), b.listedNodes())
    pair(old, new) { id, isFirst in
      let (graph, hash) = isFirst ? (a, first) : (b, second)
      return graph[id].results.first.flatMap { hash.origins[$0] }
    }
    pair(old, new) { id, isFirst in (isFirst ? first : second).destinies[id] }
    pairNeighbours()
    pairNames(old, new)
    pairNeighbours()
  }

  private mutating func match(_ x: NodeID, _ y: NodeID) {
    guard nodes[x] == nil, taken.insert(y).inserted else { return }
    nodes[x] = y
    pending.append((x, y))
  }

  /// Of equally many nodes with one number, the first with the first, and so on.
  private mutating func pair(_ old: [NodeID], _ new: [NodeID], by number: (NodeID, Bool) -> Int?) {
    var groups: [Int: (old: [NodeID], new: [NodeID])] = [:]
    for id in old where nodes[id] == nil { if let key = number(id, true) { groups[key, default: ([], [])].old.append(id) } }
    for id in new where !taken.contains(id) { if let key = number(id, false) { groups[key, default: ([], [])].new.append(id) } }
    for id in old {
      guard nodes[id] == nil, let key = number(id, true), let group = groups[key], group.old.count == group.new.count,
        let place = group.old.firstIndex(of: id), place < 64
      else { continue }
      match(id, group.new[place])
    }
  }

  /// Producers of the same operand, and sole users in the same place, where the operators are the same.
  private mutating func pairNeighbours() {
    while let (x, y) = pending.popLast() {
      for (p, q) in zip(a[x].operands, b[y].operands) {
        guard let p, let q, let before = a.producer(of: p), let after = b.producer(of: q), a[before].op.name == b[after].op.name else { continue }
        match(before, after)
      }
      for (p, q) in zip(a[x].results, b[y].results) {
        let (users, others) = (users(of: p, in: a) { nodes[$0] == nil }, users(of: q, in: b) { !taken.contains($0) })
        for (key, user) in users { if let user, let other = others[key] ?? nil { match(user, other) } }
      }
    }
  }

  /// Users by operator and place; `nil` for several alike.
  private func users(of value: ValueID, in graph: Graph, where isFree: (NodeID) -> Bool) -> [String: NodeID?] {
    var result: [String: NodeID?] = [:]
    for use in graph[value].uses where isFree(use.node) {
      let key = "\(graph[use.node].op.name) \(use.operand)"
      if result[key] == nil { result[key] = .some(use.node) } else { result[key] = .some(nil) }
    }
    return result
  }

  private mutating func pairNames(_ old: [NodeID], _ new: [NodeID]) {
    var named: [String: NodeID] = [:]
    for id in new where !taken.contains(id) { if let name = b.label(of: id) { named[name] = id } }
    for id in old where nodes[id] == nil { if let name = a.label(of: id), let other = named[name] { match(id, other) } }
  }

  /// The second graph with the names of the first for what corresponds, and how many names that changed. Others that had such a name
  /// get another.
  func renamed() -> (graph: Graph, count: Int) {
    var names: [ValueID: String] = [:]
    func note(_ p: ValueID, _ q: ValueID) { if names[q] == nil { names[q] = a[p].name } }
    if a.inputs.count == b.inputs.count { for (p, q) in zip(a.inputs, b.inputs) { note(p, q) } }
    for (p, q) in zip(a.captures, b.captures) { note(p, q) }
    for (x, y) in nodes {
      for (p, q) in zip(a[x].results, b[y].results) { note(p, q) }
      for (p, q) in zip(a[x].operands, b[y].operands) {
        if let p, let q, a[p].constant != nil, b[q].constant != nil { note(p, q) }
      }
    }
    var result = b
    var used = Set(names.values)
    let count = names.count { !$0.value.isEmpty && b[$0.key].name != $0.value && b[$0.key].constant == nil }
    for (value, name) in names { result.rename(value, to: name) }
    for value in b.valueIDs where names[value] == nil && !b[value].name.isEmpty {
      var name = b[value].name
      while !used.insert(name).inserted { name += "′" }
      if name != b[value].name { result.rename(value, to: name) }
    }
    return (result, count)
  }
}

extension Graph {
  fileprivate func label(of id: NodeID) -> String? { self[id].results.lazy.map { self[$0].name }.first { !$0.isEmpty } }
}
