import Diagnostics
import GraphIR
import Operators
import Tensors

/// Nodes of both graphs between values that are known to be equal and values that are claimed to be: as two graphs with the
/// same inputs, in the same order, and the claimed values as outputs.
struct RewriteWindow {
  var source: Graph
  var result: Graph
  /// The source's values that the inputs stand for.
  var inputs: [ValueID]
  /// Names of the claimed values, in the order of the outputs.
  var names: [String]
}

/// How far a window reaches back.
enum WindowReach: Int, CaseIterable {
  /// To the nearest values that are known to be equal.
  case nearest
  /// Through those, once.
  case second
  /// To the graph's inputs: where a rewrite rests on what was computed before, made-up values would mislead.
  case inputs
}

extension RewriteProof {
  /// Nodes that finding out which windows belong together may look at; beyond, all are one.
  private static let sliceLimit = 4_000_000

  /// The claims whose windows have a node in common, together.
  func claimGroups() -> [[Claim]] {
    var groups: [[Claim]] = []
    var parents: [Int] = []
    var owners: [[Int: Int]] = [[:], [:]]
    var budget = Self.sliceLimit
    func root(_ index: Int) -> Int {
      var index = index
      while parents[index] != index { index = parents[index] }
      return index
    }
    for (index, claim) in claims.enumerated() {
      parents.append(index)
      let slices = [slice(ofSource: [claim.source], .nearest).nodes, slice(ofResult: [claim.result], .nearest).nodes]
      budget -= slices[0].count + slices[1].count
      if budget < 0 { return [claims] }
      for (side, nodes) in slices.enumerated() {
        for node in nodes {
          if let owner = owners[side][node.index] { parents[root(owner)] = root(index) }
          owners[side][node.index] = index
        }
      }
    }
    var places: [Int: Int] = [:]
    for (index, claim) in claims.enumerated() {
      let group = root(index)
      if places[group] == nil {
        places[group] = groups.count
        groups.append([])
      }
      groups[places[group] ?? 0].append(claim)
    }
    return groups
  }

  /// Throws what copying the nodes throws.
  func window(of claims: [Claim], _ reach: WindowReach) throws(ModelError) -> RewriteWindow {
    let mine = slice(ofSource: claims.map(\.source), reach)
    let theirs = slice(ofResult: claims.map(\.result), reach)
    let inputs = mine.boundary.union(theirs.boundary).compactMap { number in firstOfClass[number].map { (key: number, value: $0) } }
      .sorted { $0.value < $1.value }
    return RewriteWindow(
      source: extract(source, mine, sourceClasses, inputs, outputs: claims.map(\.source)),
      result: extract(result, theirs, resultClasses, inputs, outputs: claims.map(\.result)), inputs: inputs.map(\.value),
      names: claims.map { source[$0.source].name })
  }

  struct Slice {
    /// In topological order.
    var nodes: [NodeID] = []
    /// Classes of the values that are given.
    var boundary: Set<Int> = []
  }

  private func slice(ofSource ends: [ValueID], _ reach: WindowReach) -> Slice {
    slice(source, sourceClasses, ends, reach) { sharedClasses.contains($0) }
  }

  private func slice(ofResult ends: [ValueID], _ reach: WindowReach) -> Slice {
    slice(result, resultClasses, ends, reach) { $0 < sourceClassCount }
  }

  /// Depth first from the ends; a value at which it stops is one of the boundary.
  private func slice(_ graph: Graph, _ classes: [Int], _ ends: [ValueID], _ reach: WindowReach, _ isShared: (Int) -> Bool) -> Slice {
    var slice = Slice()
    var seen = Set<NodeID>()
    var stack: [(node: NodeID, crossed: Int, next: Int)] = []
    func open(_ node: NodeID, _ crossed: Int) {
      if seen.insert(node).inserted { stack.append((node, crossed, 0)) }
    }
    for end in ends { if let node = graph.producer(of: end) { open(node, 0) } }
    while let (node, crossed, next) = stack.last {
      guard next < graph[node].operands.count else {
        slice.nodes.append(node)
        stack.removeLast()
        continue
      }
      stack[stack.count - 1].next += 1
      guard let operand = graph[node].operands[next], graph.constant(operand) == nil else { continue }
      let shared = isShared(classes[operand.index])
      guard let producer = graph.producer(of: operand), !shared || crossed < reach.rawValue || reach == .inputs else {
        slice.boundary.insert(classes[operand.index])
        continue
      }
      open(producer, shared ? crossed + 1 : crossed)
    }
    return slice
  }

  private func extract(
    _ graph: Graph, _ slice: Slice, _ classes: [Int], _ inputs: [(key: Int, value: ValueID)], outputs: [ValueID]
  ) -> Graph {
    var window = Graph(name: graph.name)
    var byClass: [Int: ValueID] = [:]
    for (number, value) in inputs { byClass[number] = window.addInput("v\(number)", source[value].type) }
    var copies: [ValueID: ValueID] = [:]
    for id in slice.nodes {
      let operands = graph[id].operands.map { operand -> ValueID? in
        guard let operand else { return nil }
        // What is given is given to both graphs, even where one of them computes it too.
        if let given = byClass[classes[operand.index]] ?? copies[operand] { return given }
        let copy = graph.constant(operand).map { window.addConstant(graph[operand].name, $0) }
        copies[operand] = copy
        return copy
      }
      let results = graph[id].results.map { (name: graph[$0].name, type: graph[$0].type) }
      let node = window.addNode(graph[id].op, operands, results: results, name: graph[id].name)
      for (old, new) in zip(graph[id].results, window[node].results) { copies[old] = new }
    }
    window.setOutputs(outputs.compactMap { copies[$0] })
    return window
  }
}
