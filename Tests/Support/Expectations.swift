import Diagnostics
import GraphIR
import GraphText
import Operators
import Rewriting
import Tensors
import Testing

/// Applies a rule to a graph in text form and expects the other one, up to the names of values that are neither inputs nor
/// outputs. A constant of NaNs in `after` stands for any of its type.
///
/// `opset` is the version of the operator set that rules may use.
///
/// Every time: both graphs parse, verify and infer; what comes out verifies; inputs and outputs keep names and types; the
/// graphs agree numerically on random inputs, at two sizes where axes are symbolic; applied again, the rule changes nothing.
public func expectRewrite(
  _ rule: some RewriteRule, opset: Int = 25, _ before: String, becomes after: String, sourceLocation: SourceLocation = #_sourceLocation
) throws {
  try expectRewrite(by: .rules([Rule(rule)]), opset, before, after, sourceLocation)
}

public func expectRewrite(
  _ rule: some NodeRule, opset: Int = 25, _ before: String, becomes after: String, sourceLocation: SourceLocation = #_sourceLocation
) throws {
  try expectRewrite(by: .rules([Rule(rule)]), opset, before, after, sourceLocation)
}

public func expectRewrite(
  _ pass: some GraphPass, _ before: String, becomes after: String, sourceLocation: SourceLocation = #_sourceLocation
) throws {
  try expectRewrite(by: .pass(pass), 25, before, after, sourceLocation)
}

/// Expects that a rule changes nothing, and that one of its reasons starts with `reason`.
public func expectUnchanged(
  _ rule: some RewriteRule, opset: Int = 25, _ text: String, because reason: String, sourceLocation: SourceLocation = #_sourceLocation
) throws {
  try expectUnchanged(by: .rules([Rule(rule)]), opset, text, reason, sourceLocation)
}

public func expectUnchanged(
  _ rule: some NodeRule, opset: Int = 25, _ text: String, because reason: String, sourceLocation: SourceLocation = #_sourceLocation
) throws {
  try expectUnchanged(by: .rules([Rule(rule)]), opset, text, reason, sourceLocation)
}

public func expectUnchanged(
  _ pass: some GraphPass, _ text: String, sourceLocation: SourceLocation = #_sourceLocation
) throws {
  try expectUnchanged(by: .pass(pass), 25, text, nil, sourceLocation)
}

private func expectRewrite(by stage: Pipeline.Stage, _ opset: Int, _ before: String, _ after: String, _ location: SourceLocation) throws {
  let original = try verified(before)
  let expected = try verified(after)
  var graph = original
  let trace = RewriteTrace()
  try apply(stage, opset, to: &graph, trace)
  #expect(trace.entries.map(\.rule) == [stage.soleName], "nothing was rewritten", sourceLocation: location)
  try graph.verify()
  if let difference = try GraphSketch(graph).difference(from: GraphSketch(expected)) {
    Issue.record("\(difference)\n\(graph.text())", sourceLocation: location)
  }
  try expectSameInterface(graph, original, location)
  try expectSameResults(graph, original, location)
  let again = RewriteTrace()
  try apply(stage, opset, to: &graph, again)
  #expect(again.applicationCount == 0, "the rewrite applies to its own result", sourceLocation: location)
}

private func expectUnchanged(by stage: Pipeline.Stage, _ opset: Int, _ text: String, _ reason: String?, _ location: SourceLocation) throws {
  let original = try verified(text)
  var graph = original
  let trace = RewriteTrace()
  var reasons: [String] = []
  trace.onMiss = { _, _, miss in reasons.append("\(miss.reason)") }
  try apply(stage, opset, to: &graph, trace)
  #expect(trace.applicationCount == 0, "the graph was rewritten:\n\(graph.text())", sourceLocation: location)
  #expect(graph.text() == original.text(), sourceLocation: location)
  guard let reason else { return }
  #expect(reasons.contains { $0.hasPrefix(reason) }, "the reasons were \(reasons)", sourceLocation: location)
}

extension Pipeline.Stage {
  /// The name of the rule or pass.
  fileprivate var soleName: String {
    switch self {
    case .rules(let rules): rules[0].name
    case .pass(let pass): pass.name
    case .graphsWithin: ""
    }
  }
}

private func apply(_ stage: Pipeline.Stage, _ opset: Int, to graph: inout Graph, _ trace: RewriteTrace) throws {
  try Pipeline([stage]).run(on: &graph, opsets: ["": opset], trace: trace)
}

/// A graph from text, well formed and with all types inferred.
public func verified(_ text: String) throws -> Graph {
  var graph = try Graph(parsing: text)
  try graph.verify()
  var inference = TypeInference()
  try inference.run(on: &graph)
  return graph
}

private func expectSameInterface(_ graph: Graph, _ original: Graph, _ location: SourceLocation) throws {
  #expect(graph.inputs.map { graph[$0].name } == original.inputs.map { original[$0].name }, sourceLocation: location)
  #expect(graph.outputs.map { graph[$0].name } == original.outputs.map { original[$0].name }, sourceLocation: location)
  for (new, old) in zip(graph.inputs, original.inputs) { #expect(graph[new].type == original[old].type, sourceLocation: location) }
  for (new, old) in zip(graph.outputs, original.outputs) {
    let (mine, theirs) = (graph[new].type?.tensorType, original[old].type?.tensorType)
    #expect(mine?.element == theirs?.element, "the element type of an output changed", sourceLocation: location)
    guard let theirs = theirs?.fixedShape else { continue }
    #expect(mine?.fixedShape == theirs, "the shape of output \(graph[new].name) changed", sourceLocation: location)
  }
}

private func expectSameResults(_ graph: Graph, _ original: Graph, _ location: SourceLocation) throws {
  for (seed, sizes) in [(UInt64(1), [2, 3, 4]), (7, [1, 5, 2])] {
    let inputs: [Tensor]
    let expected: [Tensor]
    do throws(ModelError) {
      inputs = try original.randomInputs(seed: seed, sizes: sizes)
      expected = try original.evaluated(inputs)
    } catch {
      guard error.code == .unsupported else { throw error }
      return
    }
    let results = try graph.evaluated(inputs)
    for ((output, mine), theirs) in zip(zip(graph.outputs, results), expected) {
      if let difference = try mine.difference(from: theirs) {
        Issue.record("output \(graph[output].name): \(difference)\n\(graph.text())", sourceLocation: location)
      }
    }
  }
}
