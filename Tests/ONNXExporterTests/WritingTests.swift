import Diagnostics
import GraphIR
import ONNXExport
import ONNXImport
import ONNXTestSupport
import Tensors
import Testing

/// What the exporter decides by itself.
@Suite struct WritingTests {
  typealias O = ONNXBytes
  private let folder: Folder

  init() throws { folder = try Folder() }

  private func model(_ graph: Graph, version: Int = 10, opset: Int = 21) -> Model {
    var model = Model(graph: graph, format: "onnx", opsets: [("", opset)])
    model.producer.formatVersion = version
    return model
  }

  private func reread(_ files: ONNXExporter.Files) throws -> Model {
    if let weights = files.weights { try folder.write(weights.content.gathered(), weights.name) }
    var options = ONNXImporter.Options()
    options.keepsForeign = true
    return try ONNXImporter.read(path: folder.write(files.model.gathered()), options: options)
  }

  private func foreign(_ name: String, version: Int = 21, _ attributes: [NamedAttribute] = []) -> ForeignOperator {
    ForeignOperator(domain: "", name: name, version: version, attributes: attributes)
  }

  private func large(_ value: UInt8) throws -> Tensor { try Tensor(.uint8, [4096], elements: [UInt8](repeating: value, count: 4096)) }

  private func graph(with constants: [(String, Tensor)]) -> Graph {
    var graph = Graph(name: "g")
    let ids = constants.map { graph.addConstant($0.0, $0.1) }
    let node = graph.addNode(foreign("Concat"), ids, results: [("y", nil)])
    graph.setOutputs(graph[node].results)
    return graph
  }

  @Test func tiedWeightsAreWrittenOnceAndAligned() throws {
    let shared = try large(1)
    let graph = graph(with: [("a", shared), ("b", try large(2)), ("c", shared), ("small", try Tensor.scalar(1))])
    var options = ONNXExporter.Options()
    options.externalData = .always
    let files = try ONNXExporter.write(model(graph), fileName: "m.onnx", options: options)
    let weights = try #require(files.weights)
    #expect(weights.name == "m.onnx.data" && weights.content.byteCount == 8192)
    let read = try reread(files).graph
    let offsets = read.valueIDs.compactMap { read[$0].constant?.mappedRange?.range.lowerBound }
    #expect(offsets.prefix(3) == [0, 4096, 0] && offsets.allSatisfy { $0 >= 0 })
  }

  @Test func aModelTooLargeForOneFileGetsTwo() throws {
    let model = model(graph(with: [("a", try large(1))]))
    var options = ONNXExporter.Options()
    options.largestMessage = 4096
    #expect(try ONNXExporter.write(model, fileName: "m.onnx", options: options).weights != nil)
    #expect(options.sink.all.count == 1)
    options.externalData = .never
    #expect(try #require(throws: ModelError.self) { try ONNXExporter.write(model, fileName: "m.onnx", options: options) }.code == .notExpressible)
    options.externalData = .automatic
    options.largestMessage = 16
    #expect(throws: ModelError.self) { try ONNXExporter.write(model, fileName: "m.onnx", options: options) }
  }

  @Test func namelessValuesGetNames() throws {
    var graph = Graph(name: "g")
    let x = graph.addInput("x", .tensor(.float32, [2]))
    let one = graph.addConstant("", try .scalar(1)), two = graph.addConstant("", try .scalar(2))
    _ = graph.addConstant("", try .scalar(3))
    let add = graph.addNode(foreign("Sum"), [x, one, two], results: [("", nil)])
    let relu = graph.addNode(foreign("Relu"), graph[add].results, results: [("constant", nil)])
    graph.setOutputs(graph[relu].results)
    let read = try reread(ONNXExporter.write(model(graph), fileName: "m.onnx")).graph
    #expect(Set(read.valueIDs.map { read[$0].name }) == ["x", "constant", "constant_1", "constant_2", "Sum"])
  }

  /// ONNX Runtime loads no scan, and crashes at a loop, of which a result has no name. What a source left out stays so.
  @Test(arguments: ["Loop", "Scan"]) func resultsOfLoopsHaveNames(_ name: String) throws {
    func names(_ origin: Provenance) throws -> [String] {
      var graph = Graph(name: "g")
      let x = graph.addInput("x", .tensor(.float32, [2]))
      let loop = graph.addNode(foreign(name), [x], results: [("", nil), ("y", nil)], origin: origin)
      graph.setOutputs([graph[loop].results[1]])
      let read = try reread(ONNXExporter.write(model(graph), fileName: "m.onnx")).graph
      return read.nodeIDs.flatMap { read[$0].results.map { read[$0].name } }
    }
    #expect(try names(.derived(.init(sources: ["l"], rules: ["DecomposeLSTM"]))) == [name, "y"])
    #expect(try names(.imported) == ["", "y"])
  }

  @Test func namesThatHideOthersChange() throws {
    var inner = Graph(name: "body")
    let outer = inner.addCapture("x", nil)
    let add = inner.addNode(foreign("Relu"), [outer], results: [("x", nil)])
    inner.setOutputs(inner[add].results + [outer])
    var graph = Graph(name: "g")
    let x = graph.addInput("x", nil)
    let run = graph.addNode(foreign("Run", [NamedAttribute("body", .graph(inner))]), [x], results: [("y", nil), ("z", nil)])
    graph.setOutputs(graph[run].results)
    let sink = DiagnosticSink()
    let read = try reread(ONNXExporter.write(model(graph), fileName: "m.onnx", options: .init(sink: sink))).graph
    let body = try #require(read.nodeIDs.map { read[$0].op.graphs }.first?.first)
    // The second output is the graph around's own value: an Identity makes it the body's.
    #expect(body.outputs.map { body[$0].name } == ["x_1", "x_2"])
    #expect(body.nodeCount == 2 && body.captures.count == 1 && sink.all.count == 1)
  }

  @Test func beforeVersion4NewConstantsAreNodes() throws {
    let read = try reread(ONNXExporter.write(model(graph(with: [("w", try .scalar(1))]), version: 3), fileName: "m.onnx")).graph
    #expect(read.inputs.isEmpty && read.listedConstants.isEmpty && read.nodeCount == 2)
  }

  @Test func elementTypesRaiseTheVersion() throws {
    let packed = try Tensor(.int4, [2], bytes: OwnedBytes(zeroed: 1))
    let sink = DiagnosticSink()
    let read = try reread(ONNXExporter.write(model(graph(with: [("w", packed)]), version: 8), fileName: "m.onnx", options: .init(sink: sink)))
    #expect(read.producer.formatVersion == 10 && sink.all.count == 1)
  }

  @Test func derivedNodesSayWhereTheyComeFrom() throws {
    var graph = Graph(name: "g")
    let node = graph.addNode(foreign("F"), [], results: [("y", nil)], origin: .derived(.init(sources: ["a", "b"], rules: ["Fuse"])))
    graph.setOutputs(graph[node].results)
    let new = try reread(ONNXExporter.write(model(graph), fileName: "m.onnx")).graph
    #expect(new[NodeID(0)].carried?.metadata.map { String(decoding: $0.value, as: UTF8.self) } == ["a, b", "Fuse"])
    let old = try reread(ONNXExporter.write(model(graph, version: 9), fileName: "m.onnx")).graph
    #expect(old[NodeID(0)].carried == nil)
  }

  @Test func operatorsOfAnotherVersionAreRefused() throws {
    var graph = Graph(name: "g")
    _ = graph.addNode(ForeignOperator(domain: "my", name: "F", version: 2), [], results: [("y", nil)], name: "n")
    var model = model(graph)
    model.opsets.append(("my", 1))
    let error = try #require(throws: ModelError.self) { try ONNXExporter.write(model, fileName: "m.onnx") }
    #expect(error.code == .notExpressible && error.place.node == "n")
  }

  @Test func writingIsDeterministic() throws {
    let file = try folder.write(O.everything.bytes)
    let first = try ONNXExporter.write(ONNXImporter.read(path: file), fileName: "m.onnx").model.gathered()
    let second = try ONNXExporter.write(ONNXImporter.read(path: file), fileName: "m.onnx").model.gathered()
    #expect(first == second)
  }
}
