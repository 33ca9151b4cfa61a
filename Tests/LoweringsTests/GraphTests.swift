import Diagnostics
import GraphIR
import Lowerings
import Operators
import Tensors
import Testing

/// Whole graphs: nested ones, functions, other domains, and what is said about nodes that are in the way.
@Suite struct GraphTests {
  /// A branch that unsqueezes a captured value along captured axes.
  private func branching(_ version: Int) throws -> Graph {
    var outer = Graph(name: "main")
    let condition = outer.addInput("c", .tensor(.bool, []))
    let x = outer.addInput("x", .tensor(.float32, [2]))
    let axes = outer.addConstant("axes", try .integers([0]))
    var branches: [NamedAttribute] = []
    for name in ["else_branch", "then_branch"] {
      var inner = Graph(name: name)
      let x = inner.addCapture("x", .tensor(.float32, [2]))
      let axes = inner.addCapture("axes", .tensor(.int64, [1]))
      let node = inner.addNode(
        ForeignOperator(domain: "", name: "Unsqueeze", version: version), [x, axes], results: [("y", nil)], name: "inner")
      inner.setOutputs(inner[node].results)
      branches.append(attribute(name, .graph(inner)))
    }
    let node = outer.addNode(
      ForeignOperator(domain: "", name: "If", version: version, attributes: branches), [condition, x, axes], results: [("y", nil)],
      name: "n")
    outer.setOutputs(outer[node].results)
    return outer
  }

  /// A scan of opset 8, over a batch of two sequences of five.
  private func batchedScan(lengths: Given = .absent) -> Graph {
    var body = Graph(name: "body")
    let slice = ValueType.tensor(.float32, [3])
    let (sum, next) = (body.addInput("sum", slice), body.addInput("next", slice))
    let add = body.addNode(ForeignOperator(domain: "", name: "Add", version: 8), [sum, next], results: [("total", slice)], name: "add")
    let copy = body.addNode(
      ForeignOperator(domain: "", name: "Identity", version: 8), [body[add].results[0]], results: [("out", slice)], name: "copy")
    body.setOutputs(body[add].results + body[copy].results)
    let attributes = [
      attribute("body", .graph(body)), attribute("directions", .ints([1])), attribute("num_scan_inputs", .int(1)),
    ]
    return graph("Scan", 8, attributes, [lengths, .input(.float32, [2, 3]), .input(.float32, [2, 5, 3])], results: 2)
  }

  @Test func aScanOfABatchIsAScanOfScans() throws {
    let typed = try expectRoundTrip(batchedScan(), 8)
    let outer = try #require(typed.op(Scan.self))
    #expect(outer.numScanInputs == 2)
    let inner = try #require(outer.body.nodeIDs.map { outer.body[$0].op }.first as? Scan)
    #expect(inner.numScanInputs == 1 && inner.scanInputDirections == [1])
    var inferred = typed
    var inference = TypeInference()
    try inference.run(on: &inferred)
    #expect(inferred.outputs.map { inferred[$0].type?.tensorType?.shape } == [[2, 3], [2, 5, 3]])
    #expect(try lowered(typed, 9).written["num_scan_inputs"]?.isEqual(to: .int(2)) == true)
    let sink = DiagnosticSink()
    #expect(lifted(batchedScan(lengths: .unknown), 8, report: sink).op(ForeignOperator.self) != nil)
    #expect(sink.all.contains { $0.message.contains("lengths of the sequences") })
    expectNotExpressible(lifted(try lowered(typed, 9), 9), 8, because: "batch of sequences")
  }

  @Test func graphsOfNodesAreLiftedToo() throws {
    let source = try branching(13)
    let typed = lifted(source, 13)
    let inner = try #require(typed.first?.op.graphs.first)
    #expect(inner.op(ForeignOperator.self) == nil)
    #expect(try lowered(typed, 13).difference(to: source) == nil)
  }

  @Test func capturedConstantsBecomeAttributes() throws {
    let old = try lowered(lifted(try branching(13), 13), 11)
    let inner = try #require(old.first?.op.graphs.first)
    #expect(inner.written["axes"]?.isEqual(to: .ints([0])) == true)
  }

  @Test func blockersAreListedTogetherAndCounted() throws {
    var source = Graph(name: "main")
    var x = source.addInput("x", nil)
    for index in 0..<3 {
      let node = source.addNode(ForeignOperator(domain: "", name: "HardSwish", version: 17), [x], results: [("", nil)], name: "h\(index)")
      x = source[node].results[0]
    }
    let norm = source.addNode(ForeignOperator(domain: "", name: "Softplus", version: 17), [x], results: [("", nil)], name: "s")
    source.setOutputs(source[norm].results)
    let typed = lifted(source, 17)
    expectNotExpressible(typed, 13, because: #"HardSwish ×3 in graph "main": needs opset 14: the operator appears there: "h0", "h1", "h2""#)
    #expect(try minimumOpset(for: typed, atLeast: 13) == 14)
    #expect(try minimumOpset(for: typed, atLeast: 15) == 15)
  }

  @Test func foreignOperatorPinsItsOperatorSet() throws {
    let source = graph("GroupNormalization", 18, [attribute("num_groups", .int(1))], [.unknown, .unknown, .unknown])
    let same = lifted(source, 18)
    expectNotExpressible(same, 21, because: "is kept as in opset 18")
    #expect(throws: ModelError.self) { try minimumOpset(for: same, atLeast: 21) }
    #expect(try lowered(same, 19).op(ForeignOperator.self)?.version == 19)
    #expect(try minimumOpset(for: lifted(graph("Tile", 1, [], [.unknown, .unknown, .unknown]), 1), atLeast: 1) == 1)
  }

  @Test func otherDomainsAreLeftAlone() throws {
    let source = graph("Mystery", 1, [attribute("a", .int(1))], domain: "com.example")
    let sink = DiagnosticSink()
    var copy = source
    lift(&copy, opsets: [("", 13), ("com.example", 1)], report: sink)
    #expect(sink.all.isEmpty)
    try lower(&copy, opsets: [("", 13), ("com.example", 1)])
    #expect(copy.difference(to: source) == nil)
    #expect(throws: ModelError.self) { try lower(&copy, opsets: [("", 13), ("com.example", 2)]) }
  }

  @Test func standardDomainMayBeSpeltOut() throws {
    let source = graph("Relu", 13, domain: "ai.onnx")
    try expectRoundTrip(source, 13)
  }

  @Test func functionsOfTheModelStayCalls() {
    var copy = graph("Relu", 13)
    lift(&copy, opsets: [("", 13)], functions: [FunctionName(domain: "", name: "Relu")], report: DiagnosticSink())
    #expect(copy.op(ForeignOperator.self) != nil)
  }

  @Test func unknownOrOddAttributesKeepANodeForeign() throws {
    try expectForeign(graph("Relu", 13, [attribute("slope", .int(1))]), 13, because: "slope")
    try expectForeign(graph("LeakyRelu", 13, [attribute("alpha", .int(1))]), 13, because: "alpha")
    try expectForeign(graph("LeakyRelu", 13, [attribute("alpha", .reference("a", kind: 1))]), 13, because: "function around")
    try expectForeign(
      graph("LeakyRelu", 13, [attribute("alpha", .float(1)), attribute("alpha", .float(2))]), 13, because: "given twice")
    try expectForeign(graph("HardSwish", 13), 13, because: "no such operator")
    try expectForeign(graph("Relu", 99), 99, because: "newer than")
  }

  @Test func orderOfAttributesIsKept() throws {
    let source = graph("Conv", 11, [attribute("strides", .ints([1, 1])), attribute("group", .int(1))], [.image, .unknown])
    try expectRoundTrip(source, 11)
  }
}
