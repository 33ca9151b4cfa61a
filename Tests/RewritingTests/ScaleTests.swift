import FerryTestSupport
import GraphIR
import Operators
import Rewriting
import Tensors
import Testing

/// Use lists and queues of graphs in which one value has very many users. Each would take minutes in quadratic time.
@Suite struct ScaleTests {
  private let count = 100_000

  @Test func usesOfAHubAreRemovedInAnyOrder() throws {
    var graph = Graph(name: "main")
    let hub = graph.addInput("x", .tensor(.float32, [2]))
    let nodes = (0..<count).map { graph.addNode(Neg(), [hub], results: [("v\($0)", nil)]) }
    for id in nodes where id.index % 3 != 0 { graph.remove(id) }
    #expect(Set(graph[hub].uses.map(\.node)) == Set(nodes.filter { $0.index % 3 == 0 }))
    try graph.verify()
    for id in nodes where id.index % 3 == 0 { graph.remove(id) }
    #expect(graph[hub].uses.isEmpty)
  }

  @Test func usesMoveFromHubToHub() throws {
    var graph = Graph(name: "main")
    let (a, b) = (graph.addInput("a", nil), graph.addInput("b", nil))
    let nodes = (0..<1000).map { graph.addNode(Add(), [a, b], results: [("v\($0)", nil)]) }
    graph.remove(nodes[7])
    graph.replaceAllUses(of: a, with: b)
    graph.remove(nodes[8])
    for id in nodes where id != nodes[7] && id != nodes[8] { graph.setOperand(id, 0, to: a) }
    try graph.verify()
    #expect(graph[a].uses.count == 998)
    #expect(graph[b].uses.count == 998)
  }

  @Test func manyNodesAreRemovedAtOnce() throws {
    var graph = Graph(name: "main")
    let hub = graph.addInput("x", nil)
    var dead: [NodeID] = []
    var last = hub
    for index in 0..<count {
      let id = graph.addNode(Add(), [last, hub], results: [("v\(index)", nil)])
      dead.append(id)
      last = graph[id].results[0]
    }
    graph.remove(nodes: dead)
    #expect(graph[hub].uses.isEmpty)
    #expect(graph.nodeCount == 0)
    try graph.verify()
  }
}
