import GraphIR
import Operators
import Tensors

/// What the layout of a graph's images may be, and what each choice costs.
///
/// A transposition between the two orders computes nothing: its result is another name of its operand. So every value has a
/// *source*, the value before all such transpositions, and an *order* in which its axes are named. Operators that work in either
/// order are free to choose; everything else wants its operands as they are named.
struct LayoutNetwork {
  /// Values of one source hold the same elements.
  private(set) var sources: [ValueID: ValueID] = [:]
  /// The order in which a value's axes are named; absent for values that have nothing to do with images.
  private(set) var orders: [ValueID: AxisOrder] = [:]
  /// Nodes that may work in either order, with what they are like in the order that their operands are not named in.
  private(set) var free: [NodeID: ReorderedOperator] = [:]
  /// Transpositions that only change the name.
  private(set) var renamings: [NodeID] = []
  private let order: [NodeID]

  init?(_ graph: Graph, evenWithoutTranspositions: Bool = false) {
    guard let nodes = try? graph.topologicalOrder() else { return nil }
    order = nodes
    for id in nodes { if Self.renaming(graph, id) != nil { renamings.append(id) } }
    guard !renamings.isEmpty || evenWithoutTranspositions else { return nil }
    assignOrders(graph)
    let all = renamings
    renamings = all.filter { isConsistent(graph, $0) }
    for id in renamings {
      guard let x = graph[id].operands[0] else { continue }
      sources[graph[id].results[0]] = source(of: x)
    }
    for id in nodes { if let other = freeForm(graph, id) { free[id] = other } }
  }

  func source(of value: ValueID) -> ValueID { sources[value] ?? value }

  /// The order that a transposition of an operand of known rank leads to, when it is one between the two; both for rank 3, where they look alike.
  private static func renaming(_ graph: Graph, _ id: NodeID) -> [AxisOrder]? {
    guard let op = graph.operatorIf(Transpose.self, at: id), let perm = op.perm, perm.count >= 3, let x = graph[id].operands.first ?? nil,
      graph.constant(x) == nil, graph[x].type?.tensorType?.rank == perm.count
    else { return nil }
    let found = [AxisOrder.channelsFirst, .channelsLast].filter { $0.permutation(rank: perm.count) == perm }
    return found.isEmpty ? nil : found
  }

  // MARK: - Orders

  /// Spreads the orders from transpositions, and from operators that know theirs, over everything that shares its axes.
  private mutating func assignOrders(_ graph: Graph) {
    var neighbours: [ValueID: [(value: ValueID, isFlipped: Bool)]] = [:]
    var known: [(ValueID, AxisOrder)] = []
    func link(_ a: ValueID, _ b: ValueID, _ isFlipped: Bool) {
      neighbours[a, default: []].append((b, isFlipped))
      neighbours[b, default: []].append((a, isFlipped))
    }
    var open: [ValueID] = []
    for id in order {
      let node = graph[id]
      if let targets = Self.renaming(graph, id), let x = node.operands[0] {
        link(x, node.results[0], true)
        if targets.count == 1 { known.append((node.results[0], targets[0])) } else { open.append(x) }
      } else if Self.isChannelsFirst(node.op), let x = node.operands.first ?? nil {
        known.append((x, .channelsFirst))
        known.append((node.results[0], .channelsFirst))
      } else if let linked = Self.sharedAxes(graph, id), let first = linked.first {
        for other in linked.dropFirst() { link(first, other, false) }
      }
    }
    for (value, order) in known + open.map({ ($0, .channelsFirst) }) where orders[value] == nil {
      orders[value] = order
      var pending = [value]
      while let next = pending.popLast() {
        for (neighbour, isFlipped) in neighbours[next] ?? [] where orders[neighbour] == nil {
          orders[neighbour] = isFlipped ? orders[next]?.other : orders[next]
          pending.append(neighbour)
        }
      }
    }
  }

  private static func isChannelsFirst(_ op: any Operator) -> Bool {
    op is Conv || op is ConvTranspose || op is MaxPool || op is AveragePool || op is BatchNormalization || op is InstanceNormalization
  }

  /// Values of one node whose axes correspond, constants left out; `nil` when the node could not work in another order.
  private static func sharedAxes(_ graph: Graph, _ id: NodeID) -> [ValueID]? {
    let node = graph[id]
    guard let rank = graph.imageRank(of: id),
      let form = graph.reordered(id, rank: rank, by: AxisOrder.channelsLast.permutation(rank: rank))
    else { return nil }
    var values: [ValueID] = []
    for (operand, treatment) in zip(node.operands, form.operands) {
      guard case .follows = treatment, let operand, graph.constant(operand) == nil else { continue }
      guard graph[operand].type?.tensorType?.rank == rank else { return nil }
      values.append(operand)
    }
    return values + (form.resultsFollow ? node.results : [])
  }

  /// Orders that spread from several places may contradict a transposition, or a node's operands each other.
  private func isConsistent(_ graph: Graph, _ id: NodeID) -> Bool {
    guard let targets = Self.renaming(graph, id), let x = graph[id].operands[0], let from = orders[x],
      let to = orders[graph[id].results[0]]
    else { return false }
    return from == to.other && (targets.count == 2 || targets[0] == to)
  }

  private func freeForm(_ graph: Graph, _ id: NodeID) -> ReorderedOperator? {
    guard let linked = Self.sharedAxes(graph, id), let first = linked.first, let named = orders[first],
      linked.allSatisfy({ orders[$0] == named }), let rank = graph[first].type?.tensorType?.rank
    else { return nil }
    for case let operand? in graph[id].operands where graph.constant(operand) != nil {
      // A constant of lower rank gets leading axes of size 1 before it is permuted.
      guard (graph[operand].type?.tensorType?.rank ?? 99) <= rank else { return nil }
    }
    return graph.reordered(id, rank: rank, by: named.other.permutation(rank: rank))
  }

  // MARK: - Cost

  /// How much the transpositions that are there now move.
  func presentCost(_ graph: Graph) -> Int { renamings.reduce(0) { $0 + graph.movedBytes(of: graph[$1].results[0]) } }

  /// The orders in which the free nodes work when as little as possible is moved, and how much that is.
  func cheapest(_ graph: Graph) -> (orders: [NodeID: AxisOrder], cost: Int) {
    var cut = MinimumCut()
    var points: [NodeID: Int] = [:]
    for id in order where free[id] != nil { points[id] = cut.addPoint() }
    func bound(_ order: AxisOrder) -> Int { order == .channelsFirst ? MinimumCut.near : MinimumCut.far }
    var demands: [(source: ValueID, points: [Int])] = []
    let wanted = self.wanted(graph)
    for (source, wishes) in wanted {
      demands.append((source, wishes.map { wish in wish.node.flatMap { points[$0] } ?? bound(wish.order) }))
    }
    for (source, consumers) in demands {
      guard let named = orders[source] else { continue }
      let producer = graph.producer(of: source).flatMap { free[$0]?.resultsFollow == true ? points[$0] : nil } ?? bound(named)
      let cost = graph.movedBytes(of: source)
      let (last, first) = (cut.addPoint(), cut.addPoint())
      cut.addEdge(producer, last, cost)
      cut.addEdge(first, producer, cost)
      for consumer in consumers {
        cut.addEdge(last, consumer, MinimumCut.unlimited)
        cut.addEdge(consumer, first, MinimumCut.unlimited)
      }
    }
    let sides = cut.solve()
    let chosen = points.mapValues { sides[$0] ? AxisOrder.channelsLast : .channelsFirst }
    var cost = 0
    for (source, wishes) in wanted {
      guard let named = orders[source] else { continue }
      let producer = graph.producer(of: source).flatMap { free[$0]?.resultsFollow == true ? chosen[$0] : nil } ?? named
      if wishes.contains(where: { ($0.node.flatMap { chosen[$0] } ?? $0.order) != producer }) { cost += graph.movedBytes(of: source) }
    }
    return (chosen, cost)
  }

  /// By source, in order, who uses it: a free node, or somebody who wants it in a given order.
  private func wanted(_ graph: Graph) -> [(source: ValueID, wishes: [(node: NodeID?, order: AxisOrder)])] {
    var wishes: [ValueID: [(node: NodeID?, order: AxisOrder)]] = [:]
    var listed: [ValueID] = []
    func add(_ value: ValueID, _ node: NodeID?) {
      guard let named = orders[value] else { return }
      let source = source(of: value)
      if wishes[source] == nil { listed.append(source) }
      wishes[source, default: []].append((node, named))
    }
    let skipped = Set(renamings)
    for id in order where !skipped.contains(id) {
      for (index, operand) in graph[id].operands.enumerated() {
        guard let operand, graph.constant(operand) == nil else { continue }
        if let form = free[id], index < form.operands.count, case .follows = form.operands[index] { add(operand, id) } else { add(operand, nil) }
      }
    }
    for output in graph.outputs { add(output, nil) }
    return listed.map { ($0, wishes[$0] ?? []) }
  }
}

extension Graph {
  /// The rank of what a node works on: its first operand that is not constant.
  fileprivate func imageRank(of id: NodeID) -> Int? {
    for case let operand? in self[id].operands where constant(operand) == nil {
      guard let rank = self[operand].type?.tensorType?.rank, rank >= 3 else { return nil }
      return rank
    }
    return nil
  }

  /// Bytes that a transposition of a value moves; sizes that are not known count as 16.
  fileprivate func movedBytes(of value: ValueID) -> Int {
    let type = self[value].type?.tensorType
    return (type?.shape ?? []).reduce(max(1, (type?.element.bitWidth ?? 32) / 8)) { min($0.multipliedReportingOverflow(by: max($1.number ?? 16, 1)).partialValue, 1 << 40) }
  }
}
