import FerryTestSupport
import GraphIR
import Operators
import Rewriting
import Testing

/// Turns `Relu` into `Abs` and back, for ever.
private struct ReluToAbs: RewriteRule {
  func rewrite(_ relu: Matched<Relu>, _ edit: inout Edit) throws(NoMatch) {
    edit.replace(relu.result, with: edit.emit(Abs(), try relu[.x].id))
  }
}

private struct AbsToRelu: RewriteRule {
  func rewrite(_ abs: Matched<Abs>, _ edit: inout Edit) throws(NoMatch) {
    edit.replace(abs.result, with: edit.emit(Relu(), try abs[.x].id))
  }
}

private struct ReluToFloat64: RewriteRule {
  func rewrite(_ relu: Matched<Relu>, _ edit: inout Edit) throws(NoMatch) {
    edit.replace(relu.result, with: edit.emit(Cast(to: .float64), try relu[.x].id))
  }
}

private struct DropRelu: RewriteRule {
  func rewrite(_ relu: Matched<Relu>, _ edit: inout Edit) throws(NoMatch) {
    edit.replace(relu.result, with: try relu[.x])
  }
}

/// `Relu` of `Abs` is `Abs`, made anew so that origins are joined.
private struct MergeReluAndAbs: RewriteRule {
  func rewrite(_ relu: Matched<Relu>, _ edit: inout Edit) throws(NoMatch) {
    let abs = try relu[.x].soleProducer(Abs.self)
    edit.replace(relu.result, with: edit.emit(Abs(), try abs[.x].id))
  }
}

/// Three operators of one kind for one.
private struct ReluToAbses: RewriteRule {
  func rewrite(_ relu: Matched<Relu>, _ edit: inout Edit) throws(NoMatch) {
    edit.replace(relu.result, with: edit.emit(Abs(), edit.emit(Abs(), edit.emit(Abs(), try relu[.x].id))))
  }
}

private struct ReluToClip: RewriteRule {
  func rewrite(_ relu: Matched<Relu>, _ edit: inout Edit) throws(NoMatch) {
    edit.replace(relu.result, with: edit.emit(Clip(), try relu[.x].id, nil, nil))
  }
}

private func run(_ rules: [Rule], on text: String, _ trace: RewriteTrace = RewriteTrace()) throws -> Graph {
  var graph = try verified(text)
  try Pipeline([.rules(rules)]).run(on: &graph, opsets: ["": 25], trace: trace)
  try graph.verify()
  return graph
}

@Suite struct DriverTests {
  private let chain = """
    graph main(%x: f32[2]) -> (%y) {
      %a = Relu(%x)
      %b = Relu(%a)
      %y = Neg(%b)
    }
    """

  @Test func rulesThatUndoEachOtherEndInAnErrorThatNamesBoth() throws {
    let error = #expect(throws: (any Error).self) { try run([Rule(ReluToAbs()), Rule(AbsToRelu())], on: chain) }
    let text = String(describing: error)
    #expect(text.contains("ReluToAbs"))
    #expect(text.contains("AbsToRelu"))
    #expect(text.contains("did not come to an end"))
  }

  @Test func stagesThatUndoEachOtherEndInAnErrorThatNamesBoth() throws {
    var graph = try verified("graph main(%x: f32[2]) -> (%y) { %a = Relu(%x)  %y = Neg(%a) }")
    let pipeline = Pipeline([.rules([Rule(ReluToAbs())]), .rules([Rule(AbsToRelu())])], roundLimit: 5)
    let error = #expect(throws: (any Error).self) { try pipeline.run(on: &graph, opsets: ["": 25], trace: RewriteTrace()) }
    let text = String(describing: error)
    #expect(text.contains("5 rounds of rewriting did not come to an end"))
    #expect(text.contains("ReluToAbs and AbsToRelu"))
  }

  @Test func aRuleThatChangesATypeIsBlamed() throws {
    let error = #expect(throws: (any Error).self) { try run([Rule(ReluToFloat64())], on: chain) }
    let text = String(describing: error)
    #expect(text.contains("rule ReluToFloat64: would change a from f32[2] to f64[2]"))
    #expect(text.contains("--disable ReluToFloat64"))
  }

  @Test func aReplacedOutputKeepsItsName() throws {
    let graph = try run([Rule(ReluToAbs())], on: "graph main(%x: f32[2]) -> (%y) { %y = Relu(%x) }")
    #expect(graph.outputs.map { graph[$0].name } == ["y"])
    #expect(graph.nodeIDs.map { graph[$0].op.name } == ["Abs"])
  }

  @Test func aValueThatReplacesAnOutputTakesItsName() throws {
    let graph = try run([Rule(DropRelu())], on: "graph main(%x: f32[2]) -> (%y) { %n = Neg(%x)  %y = Relu(%n) }")
    #expect(graph.nodeIDs.map { graph[$0].op.name } == ["Neg"])
    #expect(graph.outputs.map { graph[$0].name } == ["y"])
  }

  @Test func anIdentityGivesAnInputAndAnOutputTwoNames() throws {
    let graph = try run([Rule(DropRelu())], on: "graph main(%x: f32[2]) -> (%y) { %y = Relu(%x) }")
    #expect(graph.nodeIDs.map { graph[$0].op.name } == ["Identity"])
    #expect(graph.inputs.map { graph[$0].name } == ["x"])
    #expect(graph.outputs.map { graph[$0].name } == ["y"])
  }

  @Test func anIdentityGivesOneValueTwoOutputNames() throws {
    let graph = try run([Rule(DropRelu())], on: "graph main(%x: f32[2]) -> (%n, %y) { %n = Neg(%x)  %y = Relu(%n) }")
    #expect(graph.nodeIDs.map { graph[$0].op.name } == ["Neg", "Identity"])
    #expect(graph.outputs.map { graph[$0].name } == ["n", "y"])
  }

  @Test func aNewNodeRemembersAllSources() throws {
    let graph = try run(
      [Rule(MergeReluAndAbs())],
      on: """
        graph main(%x: f32[2]) -> (%z) {
          %a = Abs(%x)    from "first"
          %y = Relu(%a)   from "second"
          %z = Neg(%y)
        }
        """)
    let abs = try #require(graph.nodeIDs.first { graph[$0].op is Abs })
    guard case .derived(let derivation) = graph[abs].origin else { throw Failure("not derived") }
    #expect(derivation.sources == ["first", "second"])
    #expect(derivation.rules == ["MergeReluAndAbs"])
    #expect(graph[graph[abs].results[0]].name == "y")
  }

  @Test func absentOperandsAtTheEndAreLeftOut() throws {
    let graph = try run([Rule(ReluToClip())], on: "graph main(%x: f32[2]) -> (%y) { %y = Relu(%x) }")
    #expect(graph.nodeIDs.map { graph[$0].operands.count } == [1])
  }

  @Test func newNodesHaveNamesOfTheirOwn() throws {
    let graph = try run(
      [Rule(ReluToAbses())],
      on: """
        graph main(%x: f32[2]) -> (%z) {
          %a = Neg(%x)    from "first/Abs"
          %y = Relu(%a)   from "first"
          %z = Neg(%y)    from "last"
        }
        """)
    let names = graph.nodeIDs.map { graph[$0].name }
    #expect(Set(names) == ["first/Abs", "first/Abs_2", "first/Abs_3", "first", "last"])
    let last = try #require(graph.nodeIDs.first { graph[$0].name == "last" })
    let heir = try #require(graph[last].operands[0].flatMap { graph.producer(of: $0) })
    #expect(graph[heir].name == "first")
  }

  @Test func anUnnamedNodeIsRememberedByItsResult() throws {
    let graph = try run([Rule(ReluToAbs())], on: "graph main(%x: f32[2]) -> (%z) { %y = Relu(%x)  %z = Neg(%y) }")
    let abs = try #require(graph.nodeIDs.first { graph[$0].op is Abs })
    guard case .derived(let derivation) = graph[abs].origin else { throw Failure("not derived") }
    #expect(derivation.sources == ["y"])
  }

  @Test func rewritingStopsAfterTheGivenNumber() throws {
    let trace = RewriteTrace(stopAfter: 1)
    let graph = try run([Rule(ReluToAbs())], on: chain, trace)
    #expect(trace.applicationCount == 1)
    #expect(graph.nodeIDs.filter { graph[$0].op is Relu }.count == 1)
  }

  @Test func aDisabledRuleDoesNothing() throws {
    let trace = RewriteTrace(disabled: ["ReluToAbs"])
    let graph = try run([Rule(ReluToAbs())], on: chain, trace)
    #expect(trace.applicationCount == 0)
    #expect(graph.nodeIDs.filter { graph[$0].op is Relu }.count == 2)
  }

  @Test func theTraceCountsApplicationsAndNodes() throws {
    let trace = RewriteTrace()
    _ = try run([Rule(DropRelu())], on: chain, trace)
    let entry = try #require(trace.entries.first)
    #expect(trace.entries.count == 1)
    #expect((entry.rule, entry.count, entry.nodesSaved) == ("DropRelu", 2, 2))
  }
}

struct Failure: Error {
  let message: String
  init(_ message: String) { self.message = message }
}
