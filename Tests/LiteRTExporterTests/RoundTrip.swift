import Diagnostics
import Evaluation
import Foundation
import GraphIR
import GraphText
import LiteRTExport
import LiteRTImport
import LiteRTSchema
import Operators
import Passes
import Retargeting
import Rewriting
import Tensors
import Testing

/// Writes graphs as LiteRT files, reads them back and runs both.
enum RoundTrip {
  static func written(
    _ text: String, flatBufferLimit: Int = Int(Int32.max), carried: Carried? = nil
  ) throws -> (file: [UInt8], original: Graph) {
    let target = LiteRTTarget(layouts: Pipelines.layouts, flatBufferLimit: flatBufferLimit)
    var model = try Model(parsing: text)
    model.carried = carried
    var inference = TypeInference()
    try inference.run(on: &model.graph)
    let original = model.graph
    let coverage = try Legalization(target).run(on: &model, tidying: Pipelines.cleanUp, sink: DiagnosticSink())
    #expect(coverage.isComplete, "\(coverage.unsupported)")
    let files = try target.emit(model, EmissionSettings(fileName: "model.tflite"))
    return (try files[0].content.gathered(), original)
  }

  /// The operators that keep a model from being written.
  static func refused(_ text: String) throws -> [String] {
    var model = try Model(parsing: text)
    let target = LiteRTTarget(layouts: Pipelines.layouts)
    return try Legalization(target).run(on: &model, tidying: Pipelines.cleanUp, sink: DiagnosticSink()).unsupported.map(\.operator)
  }

  static func read(_ bytes: [UInt8]) throws -> Model {
    let path = NSTemporaryDirectory() + "/" + UUID().uuidString + ".tflite"
    try Data(bytes).write(to: URL(filePath: path))
    defer { try? FileManager.default.removeItem(atPath: path) }
    return try LiteRTImporter.read(FileMapping(path: path, copying: true))
  }

  /// The steps of the first subgraph.
  static func codes(_ text: String) throws -> [String] { codes(try written(text).file) }

  static func codes(_ bytes: [UInt8]) -> [String] {
    bytes.withUnsafeBytes { bytes in
      let root = FlatTable(root: bytes)
      let kinds = root[Schema.Model.operatorCodes].map { Schema.operatorNames[$0[Schema.OperatorCode.builtinCode]] ?? "?" }
      return root[Schema.Model.subgraphs].first?[Schema.SubGraph.operators].map { kinds[$0[Schema.Operator.opcodeIndex]] } ?? []
    }
  }

  @discardableResult
  static func expectSame(
    _ text: String, steps: [String]? = nil, flatBufferLimit: Int = Int(Int32.max), location: SourceLocation = #_sourceLocation
  ) throws -> Model {
    let (bytes, original) = try written(text, flatBufferLimit: flatBufferLimit)
    if let steps { #expect(codes(bytes) == steps, sourceLocation: location) }
    let result = try read(bytes)
    try result.graph.verify()
    #expect(result.graph.inputs.map { result.graph[$0].name } == original.inputs.map { original[$0].name }, sourceLocation: location)
    #expect(result.graph.outputs.map { result.graph[$0].name } == original.outputs.map { original[$0].name }, sourceLocation: location)
    let inputs = try InputSynthesis(symbols: ["n": 2], seed: 3, integerBound: 4).inputs(of: original)
    let expected = try Executor(original).run(inputs)
    let actual = try Executor(result.graph).run(inputs)
    for (index, value) in original.outputs.enumerated() {
      let agreement = try Tolerance().compare(actual[index], with: expected[index], name: original[value].name)
      #expect(agreement.isEqual, "\(agreement)", sourceLocation: location)
    }
    // The same model gives the same bytes.
    #expect(try written(text, flatBufferLimit: flatBufferLimit).file == bytes, sourceLocation: location)
    return result
  }
}
