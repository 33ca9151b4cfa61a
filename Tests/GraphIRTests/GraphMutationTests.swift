import Diagnostics
import GraphIR
import Operators
import Tensors
import Testing

@Suite struct GraphMutationTests {
  @Test(arguments: 1...6)
  func useListsStayExact(seed: UInt64) throws {
    var random = SplitMix(seed: seed)
    var graph = Graph(name: "random")
    let first = graph.addInput("x", nil)
    graph.setOutputs([first])
    for step in 0..<400 {
      try mutate(&graph, step, &random)
      try expectExactUses(graph)
    }
  }

  private func mutate(_ graph: inout Graph, _ step: Int, _ random: inout SplitMix) throws {
    let values = Array(graph.valueIDs)
    let nodes = Array(graph.nodeIDs)
    func anyValue(_ random: inout SplitMix) -> ValueID { values[Int.random(in: 0..<values.count, using: &random)] }
    func operands(_ random: inout SplitMix) -> [ValueID?] {
      (0..<Int.random(in: 0...4, using: &random)).map { _ in Bool.random(using: &random) ? anyValue(&random) : nil }
    }
    let node = nodes.isEmpty ? nil : nodes[Int.random(in: 0..<nodes.count, using: &random)]
    switch Int.random(in: 0...11, using: &random) {
    case 0...3:
      let names = (0..<Int.random(in: 0...2, using: &random)).map { (name: "v\(step).\($0)", type: ValueType?.none) }
      graph.addNode(ForeignOperator(domain: "d", name: "F", version: 1), operands(&random), results: names)
    case 4:
      if let node, !graph[node].operands.isEmpty {
        let value = anyValue(&random)
        graph.setOperand(node, graph[node].operands.count - 1, to: Bool.random(using: &random) ? value : nil)
      }
    case 5: if let node { graph.setOperands(node, to: operands(&random)) }
    case 6: graph.replaceAllUses(of: anyValue(&random), with: anyValue(&random))
    case 7: graph.setOutputs([anyValue(&random), anyValue(&random), anyValue(&random)])
    case 8:
      if let node, graph[node].results.allSatisfy({ graph[$0].uses.isEmpty && !graph[$0].isOutput }) { graph.remove(node) }
    case 9: graph.addConstant("c\(step)", try .scalar(step))
    case 10: graph.removeConstant(anyValue(&random))
    default:
      let value = anyValue(&random)
      if case .result = graph[value].origin { graph.makeConstant(value, try .scalar(step)) }
    }
  }

  /// Compares use lists and origins with what the nodes say.
  private func expectExactUses(_ graph: Graph) throws {
    var uses: [ValueID: Set<Value.Use>] = [:]
    var outputs: [ValueID: Int] = [:]
    for id in graph.outputs { outputs[id, default: 0] += 1 }
    for node in graph.nodeIDs {
      for (index, operand) in graph[node].operands.enumerated() {
        if let operand { uses[operand, default: []].insert(Value.Use(node: node, operand: index)) }
      }
      for (index, result) in graph[node].results.enumerated() {
        guard case .result(node, index) = try #require(graph.value(result)).origin else {
          Issue.record("result \(index) of a node does not come from it")
          return
        }
      }
    }
    for value in graph.valueIDs {
      #expect(Set(graph[value].uses) == uses[value, default: []])
      #expect(graph[value].uses.count == uses[value, default: []].count)
      #expect(graph[value].outputUses == outputs[value, default: 0])
    }
    #expect(uses.keys.allSatisfy { graph.value($0) != nil })
  }

  @Test func useListsOfAValueWithManyUsesStayExact() throws {
    var random = SplitMix(seed: 3)
    var graph = Graph(name: "hub")
    let hub = graph.addConstant("hub", try .scalar(1))
    let other = graph.addInput("x", nil)
    for index in 0..<60 { graph.addNode(ForeignOperator(domain: "d", name: "F", version: 1), [hub, hub], results: [("r\(index)", nil)]) }
    for _ in 0..<600 {
      let nodes = Array(graph.nodeIDs)
      let node = nodes[Int.random(in: 0..<nodes.count, using: &random)]
      switch Int.random(in: 0...9, using: &random) {
      case 0...6: graph.setOperand(node, Int.random(in: 0...1, using: &random), to: [hub, other, nil][Int.random(in: 0...2, using: &random)])
      case 7: graph.setOperands(node, to: [hub, hub])
      case 8: Bool.random(using: &random) ? graph.replaceAllUses(of: hub, with: other) : graph.replaceAllUses(of: other, with: hub)
      default: if nodes.count > 40 { graph.remove(nodes: [node, nodes[0]]) }
      }
      try expectExactUses(graph)
      #expect(graph.nodeCount == Array(graph.nodeIDs).count)
    }
  }

  @Test func nodesAddedAfterTheirResultsAreCounted() {
    var graph = Graph(name: "")
    let x = graph.addInput("x", nil)
    let y = graph.addResult("y", of: NodeID(0), 0)
    graph.addNode(Relu(), [x], producing: [y], name: "", carried: nil)
    #expect(graph.nodeCount == 1)
  }

  @Test func nodeOfAResultMadeConstantCanBeRemoved() throws {
    var graph = Graph(name: "")
    let x = graph.addInput("x", nil)
    let node = graph.addNode(Identity(), [x], results: [("y", nil)])
    let y = graph[node].results[0]
    graph.setOutputs([y])
    graph.makeConstant(y, try .scalar(1))
    graph.remove(node)
    #expect(graph.constant(y) != nil)
    #expect(graph[y].name == "y")
    #expect(graph.outputs == [y])
    #expect(graph.nodeCount == 0)
  }

  @Test func forgottenCaptureLeavesNoValueBehind() {
    var graph = Graph(name: "body")
    let a = graph.addCapture("a", nil)
    let b = graph.addCapture("b", nil)
    graph.removeCapture(at: 0)
    #expect(graph.value(a) == nil)
    #expect(graph.captures == [b])
    guard case .capture(0) = graph[b].origin else { return #expect(Bool(false), "the index moves up") }
  }

  @Test func captureMadeConstantKeepsItsUses() throws {
    var graph = Graph(name: "body")
    let a = graph.addCapture("a", nil)
    let node = graph.addNode(Identity(), [a], results: [("y", nil)])
    graph.makeConstant(a, try .scalar(1))
    #expect(graph.captures.isEmpty)
    #expect(graph[a].uses == [Value.Use(node: node, operand: 0)])
  }

  @Test func copyIsASnapshot() {
    var graph = Graph(name: "")
    let x = graph.addInput("x", nil)
    let snapshot = graph
    graph.addNode(Relu(), [x], results: [("y", nil)])
    #expect(snapshot.nodeCount == 0)
    #expect(snapshot[x].uses.isEmpty)
  }
}
