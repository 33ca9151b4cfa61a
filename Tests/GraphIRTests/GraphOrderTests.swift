import Diagnostics
import GraphIR
import Operators
import Testing

@Suite struct GraphOrderTests {
  @Test func independentNodesKeepTheirPositions() throws {
    var graph = Graph(name: "")
    let x = graph.addInput("x", nil)
    let ids = [5, 3, 9, 1].map { (position: Int) in graph.addNode(Relu(), [x], results: [("r\(position)", nil)], position: position) }
    #expect(try graph.topologicalOrder() == [ids[3], ids[1], ids[0], ids[2]])
  }

  @Test func equalPositionsKeepTheOrderOfCreation() throws {
    var graph = Graph(name: "")
    let x = graph.addInput("x", nil)
    let ids = (0..<20).map { graph.addNode(Relu(), [x], results: [("r\($0)", nil)], position: 7) }
    #expect(try graph.topologicalOrder() == ids)
  }

  @Test func nodeComesAfterWhatItNeeds() throws {
    var graph = Graph(name: "")
    let x = graph.addInput("x", nil)
    let late = graph.addNode(Relu(), [x], results: [("a", nil)], position: 10)
    let early = graph.addNode(Relu(), [graph[late].results[0]], results: [("b", nil)], position: 0)
    let middle = graph.addNode(Relu(), [x], results: [("c", nil)], position: 5)
    #expect(try graph.topologicalOrder() == [late, early, middle])
  }

  @Test func cycleIsAnErrorThatNamesANode() {
    var graph = Graph(name: "main")
    let a = graph.addNode(Relu(), [nil], results: [("a", nil)], name: "first")
    let b = graph.addNode(Relu(), [graph[a].results[0]], results: [("b", nil)], name: "second")
    graph.setOperand(a, 0, to: graph[b].results[0])
    let error = #expect(throws: ModelError.self) { try graph.topologicalOrder() }
    #expect(error?.code == .cycle)
    #expect(["first", "second"].contains(error?.place.node))
    #expect(graph.listedNodes() == [a, b])
  }

  @Test func nodeThatNeedsItselfIsACycle() {
    var graph = Graph(name: "")
    let a = graph.addNode(Relu(), [nil], results: [("a", nil)])
    graph.setOperand(a, 0, to: graph[a].results[0])
    #expect(throws: ModelError.self) { try graph.topologicalOrder() }
  }

  @Test func longChainNeedsNoStack() throws {
    var graph = Graph(name: "")
    let count = 100_000
    var value = graph.addInput("x", nil)
    for index in 0..<count {
      let node = graph.addNode(Relu(), [value], results: [("v", nil)], position: count - index)
      value = graph[node].results[0]
    }
    let order = try graph.topologicalOrder()
    #expect(order == order.sorted())
    #expect(order.count == count)
  }
}
