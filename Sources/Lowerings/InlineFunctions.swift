import Diagnostics
import GraphIR
import Operators

extension Model {
  /// Replaces every call of a function of the model by the function's body, until no call is left, and forgets the functions.
  ///
  /// An instantiated body is lifted from the function's own operator set versions. Throws `cycle` for functions that call
  /// themselves, `limitExceeded` when the bodies multiply beyond measure.
  package mutating func inlineFunctions() throws(ModelError) {
    guard !functions.isEmpty else { return }
    var inliner = FunctionInliner(functions, in: graph)
    try inliner.run(on: &graph, depth: 0)
    functions = []
  }
}

/// Replaces calls by bodies in one graph and the graphs within it.
private struct FunctionInliner {
  private let functions: [FunctionKey: Function]
  private var names: Set<String> = []
  private var budget = 2_000_000

  private struct FunctionKey: Hashable {
    var domain, name, overload: String
  }

  init(_ functions: [Function], in graph: Graph) {
    self.functions = Dictionary(
      functions.map { (FunctionKey(domain: $0.domain, name: $0.name, overload: $0.overload), $0) }, uniquingKeysWith: { first, _ in first })
    collectNames(graph)
  }

  private mutating func collectNames(_ graph: Graph) {
    for value in graph.valueIDs { names.insert(graph[value].name) }
    for id in graph.nodeIDs { for inner in graph.graphs(of: id) { collectNames(inner) } }
  }

  private func names(of functions: [FunctionKey: Function]) -> Set<FunctionName> {
    Set(functions.keys.map { FunctionName(domain: $0.domain, name: $0.name, overload: $0.overload) })
  }

  private func function(called by: Node) -> Function? {
    guard let call = by.operatorIf(ForeignOperator.self) else { return nil }
    return functions[FunctionKey(domain: call.domain, name: call.name, overload: call.overload)]
  }

  mutating func run(on graph: inout Graph, depth: Int) throws(ModelError) {
    guard depth < 64 else { throw ModelError(.cycle, "functions call each other more than 64 deep", at: Place(graph: graph.name)) }
    for id in try graph.topologicalOrder() {
      if graph.ownsGraphs(id) {
        var inner = graph.graphs(of: id)
        for index in inner.indices { try run(on: &inner[index], depth: depth + 1) }
        try graph.updateGraphs(of: id) { (graphs) throws(ModelError) in graphs = inner }
      }
      if let function = function(called: graph[id]) { try inline(function, at: id, in: &graph, depth: depth) }
    }
  }

  private mutating func inline(
    _ function: Function, at id: NodeID, in graph: inout Graph, depth: Int
  ) throws(ModelError) {
    let node = graph[id]
    guard let call = node.operatorIf(ForeignOperator.self) else { return }
    do throws(ModelError) {
      var body = try instantiate(function, for: call)
      lift(&body, opsets: function.opsets, functions: names(of: functions), report: DiagnosticSink())
      try run(on: &body, depth: depth + 1)
      budget -= body.nodeCount + 1
      guard budget > 0 else { throw ModelError(.limitExceeded, "inlined functions have more than 2 000 000 nodes") }
      let prefix = node.name.isEmpty ? function.name : node.name
      var names = self.names
      let first = graph.nodeCapacity
      let outputs = try graph.splice(body, inputs: node.operands, position: node.position) { name in
        var candidate = "\(prefix)/\(name)"
        var number = 1
        while !names.insert(candidate).inserted {
          number += 1
          candidate = "\(prefix)/\(name)_\(number)"
        }
        return candidate
      }
      self.names = names
      for index in first..<graph.nodeCapacity where !graph[NodeID(index)].name.isEmpty {
        graph.rename(node: NodeID(index), to: "\(prefix)/\(graph[NodeID(index)].name)")
      }
      try replace(node, by: outputs, in: &graph)
      graph.remove(id)
    } catch {
      throw error.located(graph.contains(id) ? graph.place(of: id) : Place(graph: graph.name))
    }
  }

  /// The outer names stay: what the call's results were called, the body's outputs are called from now on.
  private func replace(_ call: Node, by outputs: [ValueID?], in graph: inout Graph) throws(ModelError) {
    for (result, output) in zip(call.results, outputs) {
      let isUsed = !graph[result].uses.isEmpty || graph[result].isOutput
      guard let output else {
        if isUsed { throw ModelError(.missingValue, "the function's result is an operand that the call leaves out") }
        continue
      }
      guard isUsed else { continue }
      let name = graph[result].name
      if case .result(let producer, let index) = graph[output].origin, !graph[output].isOutput, graph[producer].results[index] == output,
        call.operands.allSatisfy({ $0 != output })
      {
        graph.rename(result, to: "")
        graph.rename(output, to: name)
        graph.setDeclaredType(output, to: graph[result].declaredType)
        graph.replaceAllUses(of: result, with: output)
      } else {
        graph.rename(result, to: "")
        let identity = graph.addNode(
          Identity(), [output], results: [(name, graph[result].type)], position: call.position)
        graph.replaceAllUses(of: result, with: graph[identity].results[0])
      }
    }
  }

  /// The body with the call's attributes in place of the references to them. What the call leaves out is absent.
  private func instantiate(_ function: Function, for call: ForeignOperator) throws(ModelError) -> Graph {
    var arguments: [String: AttributeValue] = [:]
    for attribute in function.defaultAttributes + call.namedAttributes { arguments[attribute.name] = attribute.value }
    var body = function.body
    try bind(arguments, in: &body)
    return body
  }

  private func bind(_ arguments: [String: AttributeValue], in graph: inout Graph) throws(ModelError) {
    for id in Array(graph.nodeIDs) {
      guard var op = graph.operatorIf(ForeignOperator.self, at: id) else {
        try graph.updateGraphs(of: id) { (graphs) throws(ModelError) in
          for index in graphs.indices { try bind(arguments, in: &graphs[index]) }
        }
        continue
      }
      op.namedAttributes = op.namedAttributes.compactMap { attribute in
        guard case .reference(let name, _) = attribute.value else { return attribute }
        return arguments[name].map { NamedAttribute(attribute.name, $0) }
      }
      var graphs = op.graphs
      for index in graphs.indices { try bind(arguments, in: &graphs[index]) }
      if !graphs.isEmpty { op.graphs = graphs }
      graph.setOperator(id, to: op)
    }
  }
}
