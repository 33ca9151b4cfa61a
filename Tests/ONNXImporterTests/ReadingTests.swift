import Diagnostics
import GraphIR
import ONNXImport
import ONNXTestSupport
import Tensors
import Testing

/// What a file says, in the graph.
@Suite struct ReadingTests {
  typealias O = ONNXBytes
  private let folder: Folder

  init() throws { folder = try Folder() }

  private func read(_ bytes: ProtoBytes, _ sink: DiagnosticSink = DiagnosticSink()) throws -> Model {
    var options = ONNXImporter.Options(sink: sink)
    options.keepsForeign = true
    return try ONNXImporter.read(path: folder.write(bytes.bytes), options: options)
  }

  private func value(_ name: String, _ graph: Graph) throws -> Value {
    graph[try #require(graph.valueIDs.first { graph[$0].name == name })]
  }

  private func tensor(_ element: Int, _ shape: [Int], _ data: ProtoBytes) throws -> Tensor {
    let model = try read(O.model(O.relu(initializers: [O.tensor("w", shape, element: element, data)])))
    return try #require(try value("w", model.graph).constant)
  }

  private func bytes(_ tensor: Tensor) throws -> [UInt8] { try tensor.withUnsafeBytes { Array($0) } }

  @Test func typedStorageGivesPackedElements() throws {
    #expect(try bytes(tensor(1, [2], ProtoBytes().packed(4, elements: [Float(1), 2]))) == [0, 0, 0x80, 0x3f, 0, 0, 0, 0x40])
    #expect(try bytes(tensor(3, [2], ProtoBytes().packed(5, [-1, 2]))) == [0xff, 2])
    #expect(try bytes(tensor(9, [2], ProtoBytes().packed(5, [1, 0]))) == [1, 0])
    #expect(try bytes(tensor(10, [1], ProtoBytes().packed(5, [0x3c00]))) == [0x00, 0x3c])
    #expect(try bytes(tensor(16, [1], ProtoBytes().packed(5, [0x3f80]))) == [0x80, 0x3f])
    #expect(try bytes(tensor(22, [3], ProtoBytes().packed(5, [0x21, 0x03]))) == [0x21, 0x03])
    #expect(try bytes(tensor(25, [5], ProtoBytes().packed(5, [0xe4, 0x01]))) == [0xe4, 0x01])
    #expect(try bytes(tensor(27, [3], ProtoBytes().packed(5, [1, 50, 43]))) == [0x81, 0xbc, 0x02])
    #expect(throws: ModelError.self) { try tensor(28, [1], ProtoBytes().packed(5, [64])) }
    #expect(try bytes(tensor(6, [1], ProtoBytes().packed(5, [-2]))) == [0xfe, 0xff, 0xff, 0xff])
    #expect(try bytes(tensor(7, [1], ProtoBytes().packed(7, [-2]))) == [0xfe] + [UInt8](repeating: 0xff, count: 7))
    #expect(try bytes(tensor(12, [1], ProtoBytes().packed(11, [0xffff_ffff]))) == [0xff, 0xff, 0xff, 0xff])
    #expect(try bytes(tensor(14, [1], ProtoBytes().packed(4, elements: [Float(1), 2]))).count == 8)
    #expect(try bytes(tensor(11, [1], ProtoBytes().packed(10, elements: [1.0]))).count == 8)
    #expect(try tensor(8, [2], ProtoBytes().texts(6, ["a", ""])).strings == [[97], []])
    #expect(try tensor(1, [0, 3], ProtoBytes()).count == 0)
  }

  @Test func rawDataStaysInTheFile() throws {
    #expect(try tensor(1, [2], ProtoBytes().packed(9, elements: [Float(1), 2])).mappedRange != nil)
  }

  @Test func openSizesAreUnknownButNamedOnesAreShared() throws {
    let graph = O.graph(
      [O.node("F", ["x", "s"], ["y"])], inputs: [O.value("x", [-1, nil, 3]), O.value("s", symbols: ["N", "?1", "?1", "a b"])],
      outputs: [O.value("y", nil)])
    let model = try read(O.model(graph))
    let x = try #require(value("x", model.graph).type?.tensorType?.shape)
    #expect(x[0].isAnonymous && x[1].isAnonymous && x[0] != x[1] && x[2] == 3)
    let s = try #require(value("s", model.graph).type?.tensorType?.shape)
    #expect(s[0] == .symbol("N") && s[1] == s[2] && s[1].isAnonymous && s[1] != x[0] && s[3] == .symbol("a b"))
    #expect(try value("y", model.graph).type == .tensor(.float32, nil))
  }

  /// A bare question mark is what exporters write for every open size.
  @Test func questionMarksAreSizesOfTheirOwn() throws {
    let graph = O.graph([O.node("F", ["x"], ["y"])], inputs: [O.value("x", symbols: ["?", "?", "N"])], outputs: [O.value("y", nil)])
    let shape = try #require(try value("x", read(O.model(graph)).graph).type?.tensorType?.shape)
    #expect(shape[0].isAnonymous && shape[1].isAnonymous && shape[0] != shape[1])
  }

  @Test func branchesShareOneListOfCaptures() throws {
    let then = O.graph([O.node("Add", ["p", "q"], ["t"])], outputs: [O.value("t")])
    let other = O.graph([O.node("Add", ["q", "r"], ["t"])], outputs: [O.value("t")])
    let node = O.node("If", ["c"], ["y"], attributes: [O.attribute("then_branch", graph: then), O.attribute("else_branch", graph: other)])
    let names = ["c", "p", "q", "r"]
    let graph = try read(O.model(O.graph([node], inputs: names.map { O.value($0) }, outputs: [O.value("y")]))).graph
    let owner = graph[try #require(graph.nodeIDs.first { _ in true })]
    #expect(owner.operands.map { $0.map { graph[$0].name } } == names)
    #expect(owner.captureCount == 3)
    for inner in owner.op.graphs { #expect(inner.captures.map { inner[$0].name } == ["p", "q", "r"]) }
    try graph.verify()
  }

  /// A name may come again where the other value is computed later, or is hidden; in the graph, values differ by name.
  @Test func nestedValuesGetNamesOfTheirOwn() throws {
    let then = O.graph([O.node("Relu", ["x"], ["t"]), O.node("Neg", ["t"], ["p"])], outputs: [O.value("p")])
    let other = O.graph([O.node("Neg", ["c"], ["t/1"]), O.node("Neg", ["t/1"], ["x"])], outputs: [O.value("x")])
    let node = O.node("If", ["c"], ["y"], attributes: [O.attribute("then_branch", graph: then), O.attribute("else_branch", graph: other)])
    let bytes = O.graph([node, O.node("Abs", ["y"], ["t"])], inputs: [O.value("c", [], element: 9), O.value("x")], outputs: [O.value("t")])
    let graph = try read(O.model(bytes)).graph
    try graph.verify()
    let inner = graph[try #require(graph.nodeIDs.first { graph.ownsGraphs($0) })].op.graphs
    #expect(inner[0].valueIDs.filter { !inner[0][$0].isCapture }.map { inner[0][$0].name }.sorted() == ["p", "t/2"])
    #expect(inner[1].outputs.map { inner[1][$0].name } == ["x/1"])
    #expect(graph.outputs.map { graph[$0].name } == ["t"])
  }

  @Test func nestedCapturesPassThroughEveryGraphBetween() throws {
    let innermost = O.graph([O.node("Relu", ["x"], ["i"])], outputs: [O.value("i")])
    let middle = O.graph([O.node("Run", [], ["m"], attributes: [O.attribute("body", graph: innermost)])], outputs: [O.value("m")])
    let outer = O.graph([O.node("Run", [], ["y"], attributes: [O.attribute("body", graph: middle)])], inputs: [O.value("x")], outputs: [O.value("y")])
    let graph = try read(O.model(outer)).graph
    let node = graph[try #require(graph.nodeIDs.first { _ in true })]
    #expect(node.operands.count == 1 && node.op.graphs[0].captures.count == 1)
    try graph.verify()
  }

  @Test func defaultsAndListedConstantsFollowTheVersion() throws {
    let body = O.graph([O.node("Add", ["x", "w"], ["y"])], inputs: [O.value("x"), O.value("w")], outputs: [O.value("y")], initializers: [O.floats("w", [1, 2])])
    let new = try read(O.model(body, version: 4)).graph
    #expect(new.inputs.count == 2 && new.defaults.count == 1 && new.listedConstants.isEmpty)
    let old = try read(O.model(body, version: 3, opset: 7)).graph
    #expect(old.inputs.count == 1 && old.defaults.isEmpty && old.listedConstants.count == 1)
  }

  @Test func unsortedNodesAreAccepted() throws {
    let sink = DiagnosticSink()
    let body = O.graph([O.node("Relu", ["h"], ["y"]), O.node("Relu", ["x"], ["h"])], inputs: [O.value("x")], outputs: [O.value("y")])
    let graph = try read(O.model(body), sink).graph
    #expect(try graph.topologicalOrder().map(\.index) == [1, 0])
    #expect(sink.all.count == 1)
  }

  @Test func omittedOperandsAndResultsKeepTheirPlaces() throws {
    let body = O.graph([O.node("F", ["x", "", "x", ""], ["", "y"])], inputs: [O.value("x")], outputs: [O.value("y")])
    let graph = try read(O.model(body)).graph
    let node = graph[try #require(graph.nodeIDs.first { _ in true })]
    #expect(node.operands.map { $0 != nil } == [true, false, true, false])
    #expect(node.results.map { graph[$0].name } == ["", "y"])
  }

  @Test func kindsOfOldAttributesFollowFromTheFieldThatIsSet() throws {
    let attributes = [ProtoBytes().text(1, "i").int(3, 5), ProtoBytes().text(1, "fs").packed(7, elements: [Float(1)])]
    let graph = try read(O.model(O.graph([O.node("F", [], [], attributes: attributes)]), version: 1)).graph
    let op = try #require(graph[graph.nodeIDs.first { _ in true }!].operatorIf(ForeignOperator.self))
    #expect(op.namedAttributes.map(\.value.kindName) == ["an integer", "floats"])
  }

  @Test func operatorSetsGoByEitherName() throws {
    let bytes = ProtoBytes().int(1, 8).message(7, O.relu()).message(8, ProtoBytes().text(1, "ai.onnx").int(2, 13))
    #expect(try read(bytes).opset("") == 13)
  }

  @Test func knownOperatorsBecomeTyped() throws {
    let model = try ONNXImporter.read(path: folder.write(O.model(O.relu()).bytes))
    #expect(model.graph.nodeIDs.allSatisfy { model.graph[$0].operatorIf(ForeignOperator.self) == nil })
  }

  /// Names of every length, enough of them for the table of names to grow.
  @Test func manyNamesAreToldApart() throws {
    let names = (0..<3000).map { String(repeating: "n", count: $0 % 23) + "\($0)" }
    let nodes = names.indices.map { O.node("F", [$0 == 0 ? "x" : names[$0 - 1]], [names[$0]]) }
    let graph = try read(O.model(O.graph(nodes, inputs: [O.value("x")], outputs: [O.value(names[2999], nil)]))).graph
    #expect(graph.nodeCount == 3000)
    for id in graph.nodeIDs where id != graph.nodeIDs.first(where: { _ in true }) {
      let operand = try #require(graph[id].operands[0])
      #expect(graph[operand].name == names[(names.firstIndex(of: graph[graph[id].results[0]].name) ?? 0) - 1])
    }
  }
}

@Suite struct RecognizerTests {
  private func recognizes(_ bytes: [UInt8]) -> Bool { bytes.withUnsafeBytes { ONNXImporter.recognizes($0) } }

  @Test func knowsModelsEvenWhenTruncated() {
    let bytes = ONNXBytes.everything.bytes
    #expect(recognizes(bytes))
    #expect(recognizes(Array(bytes.prefix(bytes.count / 2))))
  }

  @Test func refusesOtherFiles() {
    #expect(!recognizes([]))
    #expect(!recognizes(Array("PK\u{3}\u{4} and so on".utf8)))
    #expect(!recognizes(Array("{\"model\": 1}".utf8)))
    #expect(!recognizes([UInt8](repeating: 0, count: 100)))
    // A saved model of TensorFlow: a version, then graphs in field 2 that hold nested messages, and no field 7.
    #expect(!recognizes(ProtoBytes().int(1, 1).message(2, ProtoBytes().text(1, "x")).bytes))
  }
}
