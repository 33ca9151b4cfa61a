import Bundle
import Diagnostics
import Evaluation
import FerryTestSupport
import GraphIR
import GraphText
import NCNNExport
import NCNNImport
import Operators
import Retargeting
import Rewriting
import Tensors
import Testing

/// A graph in text form, written as a network and read back under its own ports.
struct RoundTrip {
  let source: Graph
  let files: [ArtifactFile]
  let result: Graph

  init(_ text: String, halvesWeights: Bool = false) throws {
    var model = Model(graph: try Graph(parsing: text), format: "onnx", opsets: [("", 26)])
    let coverage = try Legalization(NCNNTarget()).run(on: &model, tidying: Pipeline([]), sink: DiagnosticSink())
    try #require(coverage.isComplete, "\(coverage.unsupported)")
    source = model.graph
    var settings = EmissionSettings(fileName: "m.param")
    settings.halvesWeights = halvesWeights
    files = try NCNNTarget().emit(model, settings)
    var graph = try Self.read(network(files), weights(files)).graph
    try graph.adoptPorts(of: source)
    var inference = TypeInference()
    try inference.run(on: &graph)
    try graph.verify()
    result = graph
  }

  static func read(_ network: [UInt8], _ weights: [UInt8] = []) throws -> Model {
    try NCNNImporter.read(FileMapping(bytes: network, path: "m.param"), weights: FileMapping(bytes: weights, path: "m.bin"))
  }

  /// What keeps a graph from being written.
  static func findings(_ text: String) throws -> [Coverage.Finding] {
    var model = Model(graph: try Graph(parsing: text), format: "onnx", opsets: [("", 26)])
    return try Legalization(NCNNTarget()).run(on: &model, tidying: Pipeline([]), sink: DiagnosticSink()).unsupported
  }

  /// Runs both on random inputs at two sizes and expects the same.
  func expectSame(sourceLocation: SourceLocation = #_sourceLocation) throws {
    #expect(result.inputs.map { result[$0].name } == source.inputs.map { source[$0].name }, sourceLocation: sourceLocation)
    #expect(result.outputs.map { result[$0].name } == source.outputs.map { source[$0].name }, sourceLocation: sourceLocation)
    for (seed, sizes) in [(UInt64(1), [2, 3, 4]), (7, [3, 5, 2])] {
      let inputs = try source.randomInputs(seed: seed, sizes: sizes)
      let (expected, actual) = (try source.evaluated(inputs), try result.evaluated(inputs))
      try #require(expected.count == actual.count, sourceLocation: sourceLocation)
      for (theirs, mine) in zip(expected, actual) {
        let agreement = try Tolerance().compare(mine, with: theirs, name: "output")
        #expect(agreement.isEqual, "\(agreement)", sourceLocation: sourceLocation)
      }
    }
  }
}

func network(_ files: [ArtifactFile]) throws -> [UInt8] { try #require(files.first { $0.role == .graph }).content.gathered() }
func weights(_ files: [ArtifactFile]) throws -> [UInt8] { try #require(files.first { $0.role == .weights }).content.gathered() }
