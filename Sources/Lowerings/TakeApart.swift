import Diagnostics
import GraphIR
import Operators
import Tensors

/// Replaces operators that a target rejects by the ones that older operator sets are given in their place.
///
/// The last resort, after the target's own rules: what it makes is more nodes, which are judged in turn.
package struct TakingApart {
  private let judge: (Graph, NodeID) -> (() -> Void)?
  /// Operators that are left as they are.
  private let spared: Set<String>
  private var depths: [NodeID: Int] = [:]
  private static let greatestDepth = 12

  /// `judge` gives `nil` for a node that is accepted, and for another what is called once it has been taken apart.
  package init(sparing spared: Set<String> = [], judge: @escaping (Graph, NodeID) -> (() -> Void)?) {
    self.spared = spared
    self.judge = judge
  }

  /// The name of the rule that nodes made from `operatorName` carry in their provenance.
  package static func ruleName(of operatorName: String) -> String { "Decompose\(operatorName)" }

  /// Takes apart what is rejected, in graphs within as well; how many nodes went. Types must have been inferred.
  package mutating func run(on graph: inout Graph) throws(ModelError) -> Int { try run(on: &graph, captured: []) }

  private mutating func run(on graph: inout Graph, captured: [Tensor?]) throws(ModelError) -> Int {
    let outer = depths
    depths = [:]
    defer { depths = outer }
    var count = 0
    var pending = Array(graph.listedNodes().reversed())
    var taken = Graph(name: "")
    swap(&graph, &taken)
    var context = StepContext(graph: taken, captured: captured, version: OperatorHistory.newestVersion)
    taken = Graph(name: "")
    while let id = pending.popLast() {
      guard context.graph.contains(id) else { continue }
      context.node = id
      guard let made = takeApart(id, &context) else { continue }
      count += 1
      pending.append(contentsOf: made.reversed())
    }
    graph = context.graph
    for id in graph.listedNodes() where graph.ownsGraphs(id) { count += try runInside(id, of: &graph) }
    return count
  }

  private mutating func runInside(_ id: NodeID, of graph: inout Graph) throws(ModelError) -> Int {
    let known = graph[id].operands.map { $0.flatMap { graph.constant($0) } }
    var count = 0
    try graph.updateGraphs(of: id) { (graphs) throws(ModelError) in
      for index in graphs.indices {
        let captured = Array(known.suffix(graphs[index].captures.count))
        count += try run(on: &graphs[index], captured: captured)
      }
    }
    if count > 0 { graph.dropUnusedCaptures(of: id) }
    return count
  }

  /// The nodes in the place of one that is rejected; `nil` where it stays.
  private mutating func takeApart(_ id: NodeID, _ context: inout StepContext) -> [NodeID]? {
    let name = context.graph[id].op.name
    let depth = depths[id, default: 0] + 1
    guard decompositions[name] != nil, !spared.contains(name), depth <= Self.greatestDepth, isStandardDomain(context.graph[id].op.domain) else { return nil }
    guard let note = judge(context.graph, id), let made = try? context.decompose(limits: nil) else { return nil }
    note()
    context.removeReleased()
    for new in made { depths[new] = depth }
    return made
  }
}
