import GraphIR
import Operators
import Passes
import Rewriting
import Tensors
import Testing

/// The standard pipeline on graphs of a hundred thousand nodes. Each would take minutes in quadratic time.
@Suite(.timeLimit(.minutes(15))) struct ScaleTests {
  private let count = 100_000

  private func optimized(_ name: String, _ graph: consuming Graph) throws -> Graph {
    var graph = graph
    let clock = ContinuousClock()
    var inference = TypeInference()
    let inferring = try clock.measure { try inference.run(on: &graph) }
    let trace = RewriteTrace()
    let rewriting = try clock.measure { try Pipelines.standard.run(on: &graph, opsets: ["": 22], trace: trace) }
    print("\(name): inference \(inferring), pipeline \(rewriting), \(trace.applicationCount) rewrites, \(graph.nodeCount) nodes left")
    try graph.verify()
    return graph
  }

  private func chain(_ length: Int, _ step: (inout Graph, ValueID, Int) throws -> NodeID) rethrows -> Graph {
    var graph = Graph(name: "main")
    var last = graph.addInput("x", .tensor(.float32, [.symbol("N"), 8]))
    for index in 0..<length {
      let node = try step(&graph, last, index)
      last = graph[node].results[0]
    }
    graph.setOutputs([last])
    return graph
  }

  @Test func aChainWithNothingToDo() throws {
    let graph = chain(count) { graph, last, index in
      let op: any Operator = index % 2 == 0 ? Relu() : Neg()
      return graph.addNode(op, [last], results: [("v\(index)", nil)])
    }
    #expect(try optimized("nothing to do", graph).nodeCount == count)
  }

  @Test func aChainOfIdentities() throws {
    let graph = chain(count) { graph, last, index in graph.addNode(Identity(), [last], results: [("v\(index)", nil)]) }
    #expect(try optimized("identities", graph).nodeCount == 1)
  }

  @Test func aChainThatSharesAConstant() throws {
    var hub: ValueID?
    let one = try Tensor.scalar(Float(2))
    let graph = chain(count) { graph, last, index in
      let constant = hub ?? graph.addConstant("two", one)
      hub = constant
      return graph.addNode(Add(), [last, constant], results: [("v\(index)", nil)])
    }
    #expect(try optimized("shared constant", graph).nodeCount == 1)
  }

  @Test func aChainOfTranspositions() throws {
    let graph = chain(count) { graph, last, index in
      graph.addNode(Transpose(perm: [1, 0]), [last], results: [("v\(index)", nil)])
    }
    #expect(try optimized("transpositions", graph).nodeCount == 1)
  }

  @Test func manyNodesThatComputeTheSame() throws {
    var graph = Graph(name: "main")
    let x = graph.addInput("x", .tensor(.float32, [.symbol("N"), 8]))
    let relus = (0..<count / 2).map { graph.addNode(Relu(), [x], results: [("r\($0)", nil)]) }
    var last = x
    for (index, relu) in relus.enumerated() {
      let sum = graph.addNode(Add(), [last, graph[relu].results[0]], results: [("s\(index)", nil)])
      last = graph[sum].results[0]
    }
    graph.setOutputs([last])
    #expect(try optimized("common subexpressions", graph).nodeCount == count / 2 + 1)
  }
}
