import Diagnostics
import GraphIR
import Operators
import Rewriting
import Tensors

/// Moves transpositions between channels-first and channels-last to where they cost least, and out of the graph where they cancel.
/// Exact.
///
///     %a = Conv(%x, %w)                                 %a = Conv(%x, %w)
///     %b = Transpose(%a) {perm: [0, 2, 3, 1]}           %b = Relu(%a)
///     %c = Relu(%b)                                     %y = Conv(%b, %v)
///     %d = Transpose(%c) {perm: [0, 3, 1, 2]}   →
///     %y = Conv(%d, %v)
///
/// The layouts of all operators that work in either are chosen together, by a minimum cut: sides are the two orders, an edge costs
/// the bytes that a transposition there moves, once for all who want the other order. Nothing happens unless fewer are moved than
/// before.
package struct AssignLayouts: GraphPass {
  package init() {}

  package func run(on session: RewriteSession) throws(ModelError) -> Int {
    guard let network = LayoutNetwork(session.graph) else { return 0 }
    let (orders, cost) = network.cheapest(session.graph)
    guard cost < network.presentCost(session.graph) else { return 0 }
    var assignment = LayoutAssignment(network, orders)
    try assignment.apply(to: session)
    return network.renamings.count
  }
}

/// Rewrites a graph for layouts that have been chosen.
private struct LayoutAssignment {
  private let network: LayoutNetwork
  private let orders: [NodeID: AxisOrder]
  /// By source and order, the value that holds it.
  private var held: [ValueID: [AxisOrder: ValueID]] = [:]

  init(_ network: LayoutNetwork, _ orders: [NodeID: AxisOrder]) {
    self.network = network
    self.orders = orders
  }

  mutating func apply(to session: RewriteSession) throws(ModelError) {
    let skipped = Set(network.renamings)
    for id in try session.graph.topologicalOrder() where !skipped.contains(id) {
      if let form = network.free[id], let chosen = orders[id], let named = named(session.graph, id, form) {
        try place(id, form, chosen, isMoved: chosen != named, session)
      } else {
        for (index, operand) in session.graph[id].operands.enumerated() {
          guard let operand, let named = network.orders[operand], session.graph.constant(operand) == nil else { continue }
          session.graph.setOperand(id, index, to: value(operand, named, session))
        }
      }
    }
    giveOutputs(session)
    let dead = network.renamings.filter { session.graph[session.graph[$0].results[0]].uses.isEmpty && !session.graph[session.graph[$0].results[0]].isOutput }
    for id in dead.reversed() where session.graph[session.graph[id].results[0]].uses.isEmpty { session.graph.remove(id) }
  }

  /// The order in which the operands of a free node are named.
  private func named(_ graph: Graph, _ id: NodeID, _ form: ReorderedOperator) -> AxisOrder? {
    for (operand, treatment) in zip(graph[id].operands, form.operands) {
      if case .follows = treatment, let operand, graph.constant(operand) == nil { return network.orders[operand] }
    }
    return nil
  }

  private mutating func place(
    _ id: NodeID, _ form: ReorderedOperator, _ chosen: AxisOrder, isMoved: Bool, _ session: RewriteSession
  ) throws(ModelError) {
    let rank = session.graph[id].operands.compactMap { $0.flatMap { session.graph.constant($0) == nil ? session.graph[$0].type?.tensorType?.rank : nil } }.first ?? 0
    for (index, operand) in session.graph[id].operands.enumerated() {
      guard let operand, index < form.operands.count else { continue }
      switch form.operands[index] {
      case .stays: break
      case .becomes(let tensor):
        if isMoved { session.graph.setOperand(id, index, to: session.graph.addConstant(session.names.make(from: "axes"), tensor)) }
      case .follows:
        if let tensor = session.graph.constant(operand) {
          guard isMoved, tensor.count > 1 else { continue }
          let moved = try tensor.withLeadingAxes(rank: rank).permuted(chosen.permutation(rank: rank))
          let name = session.names.make(from: session.graph[operand].name)
          session.graph.setOperand(id, index, to: session.graph.addConstant(name, moved))
        } else {
          session.graph.setOperand(id, index, to: value(operand, chosen, session))
        }
      }
    }
    guard isMoved else { return }
    session.graph.setOperator(id, to: form.op)
    guard form.resultsFollow else { return }
    for result in session.graph[id].results {
      held[result, default: [:]][chosen] = result
      guard let type = session.graph[result].type?.tensorType, let shape = type.shape, shape.count == rank else { continue }
      session.graph.setType(result, to: .tensor(type.element, chosen.permutation(rank: rank).map { shape[$0] }))
      session.graph.setDeclaredType(result, to: nil)
    }
  }

  /// The value that holds the elements of `value` in an order; a transposition is added for the first who asks.
  private mutating func value(_ value: ValueID, _ order: AxisOrder, _ session: RewriteSession) -> ValueID {
    let source = network.source(of: value)
    if let known = held[source]?[order] { return known }
    let named = network.orders[source] ?? order
    if held[source] == nil || (held[source]?[named] == nil && held[source]?[named.other] == nil) { held[source] = [named: source] }
    if let known = held[source]?[order] { return known }
    guard let present = held[source]?[order.other], let type = session.graph[present].type?.tensorType, let rank = type.rank else {
      return source
    }
    let permutation = order.permutation(rank: rank)
    let shape = type.shape.map { shape in permutation.map { shape[$0] } }
    let name = session.names.make(from: session.graph[source].name)
    let node = session.graph.addNode(
      Transpose(perm: permutation), [present], results: [(name: name, type: .tensor(type.element, shape))], name: name,
      origin: session.graph.derivation(behind: present, by: "AssignLayouts"), position: session.graph.producer(of: present).map { session.graph[$0].position })
    let result = session.graph[node].results[0]
    held[source, default: [:]][order] = result
    return result
  }

  /// Outputs keep their names, whatever value holds them now.
  private mutating func giveOutputs(_ session: RewriteSession) {
    var outputs = session.graph.outputs
    for (index, output) in outputs.enumerated() {
      guard let named = network.orders[output], session.graph.constant(output) == nil else { continue }
      let present = value(output, named, session)
      guard present != output else { continue }
      var result = present
      let isTaken = outputs.contains(present) || session.graph.producer(of: present) == nil
      if isTaken {
        let name = session.names.make(from: session.graph[output].name)
        let node = session.graph.addNode(
          Identity(), [present], results: [(name: name, type: session.graph[output].type)], name: name,
          origin: session.graph.derivation(behind: present, by: "AssignLayouts"))
        result = session.graph[node].results[0]
      }
      let (name, declared, carried) = (session.graph[output].name, session.graph[output].declaredType, session.graph[output].carried)
      session.graph.rename(output, to: session.graph[result].name)
      session.graph.rename(result, to: name)
      session.graph.setDeclaredType(result, to: declared)
      session.graph.setCarried(result, to: carried)
      outputs[index] = result
    }
    session.graph.setOutputs(outputs)
  }
}

extension Tensor {
  fileprivate func withLeadingAxes(rank: Int) throws(ModelError) -> Tensor {
    try reshaped(to: [Int](repeating: 1, count: max(0, rank - self.rank)) + shape)
  }

  fileprivate func permuted(_ order: [Int]) throws(ModelError) -> Tensor {
    try deferredResults(Transpose(perm: order), [self], resultCount: 1)[0]
  }
}
