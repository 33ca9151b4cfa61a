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

/// Graphs are written as LiteRT files, read back and run beside the original.
@Suite struct RoundTripTests {
  private let target = LiteRTTarget(assigningLayouts: AssignLayouts())

  private func written(_ text: String) throws -> (file: [UInt8], original: Graph) {
    var model = try Model(parsing: text)
    var inference = TypeInference()
    try inference.run(on: &model.graph)
    let original = model.graph
    let coverage = try Legalization(target).run(on: &model, tidying: Pipelines.cleanUp, sink: DiagnosticSink())
    #expect(coverage.isComplete, "\(coverage.unsupported)")
    let files = try target.emit(model, EmissionSettings(fileName: "model.tflite"))
    return (try files[0].content.gathered(), original)
  }

  private func read(_ bytes: [UInt8]) throws -> Model {
    let path = NSTemporaryDirectory() + "/" + UUID().uuidString + ".tflite"
    try Data(bytes).write(to: URL(filePath: path))
    defer { try? FileManager.default.removeItem(atPath: path) }
    return try LiteRTImporter.read(FileMapping(path: path, copying: true))
  }

  private func codes(_ bytes: [UInt8]) -> [String] {
    bytes.withUnsafeBytes { bytes in
      let root = FlatTable(root: bytes)
      let kinds = root[Schema.Model.operatorCodes].map { Schema.operatorNames[$0[Schema.OperatorCode.builtinCode]] ?? "?" }
      return root[Schema.Model.subgraphs].first?[Schema.SubGraph.operators].map { kinds[$0[Schema.Operator.opcodeIndex]] } ?? []
    }
  }

  @discardableResult
  private func expectSame(_ text: String, steps: [String]? = nil, location: SourceLocation = #_sourceLocation) throws -> Model {
    let (bytes, original) = try written(text)
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
    #expect(try written(text).file == bytes, sourceLocation: location)
    return result
  }

  @Test func aChainOfConvolutionsNeedsTranspositionsAtItsEndsAlone() throws {
    try expectSame(
      """
      graph main(%x: f32[1,3,8,8]) -> (%y) {
        %w = const f32[4,3,3,3] random(1)
        %v = const f32[4,1,3,3] random(2)
        %b = const f32[4] [0.1, 0.2, 0.3, 0.4]
        %c = Conv(%x, %w, %b) {pads: [1, 1, 1, 1]}
        %r = Relu(%c)
        %d = Conv(%r, %v) {group: 4, pads: [1, 1, 1, 1], strides: [2, 2]}
        %s = Add(%d, %d)
        %y = MaxPool(%s) {kernel_shape: [2, 2], strides: [2, 2]}
      }
      """,
      steps: ["TRANSPOSE", "CONV_2D", "PAD", "DEPTHWISE_CONV_2D", "ADD", "MAX_POOL_2D", "TRANSPOSE"])
  }

  @Test func openSizesStayOpen() throws {
    let model = try expectSame(
      """
      graph main(%x: f32[n,3,4,4]) -> (%y) {
        %w = const f32[5,3,1,1] random(1)
        %s = const i64[2] [0, -1]
        %m = const f32[80,7] random(2)
        %c = Conv(%x, %w)
        %f = Reshape(%c, %s)
        %y = MatMul(%f, %m)
      }
      """)
    #expect(model.graph[model.graph.inputs[0]].type?.tensorType?.shape?[0].number == nil)
  }

  @Test func averagesOverBordersCountWhatIsThere() throws {
    try expectSame(
      """
      graph main(%x: f32[1,2,7,7]) -> (%y) {
        %y = AveragePool(%x) {kernel_shape: [3, 3], pads: [1, 1, 1, 1], strides: [2, 2]}
      }
      """)
  }

  @Test func transposedConvolution() throws {
    try expectSame(
      """
      graph main(%x: f32[1,3,4,4]) -> (%y) {
        %w = const f32[3,2,3,3] random(1)
        %b = const f32[2] [0.5, -0.5]
        %y = ConvTranspose(%x, %w, %b) {pads: [1, 1, 1, 1], strides: [2, 2], output_padding: [1, 1]}
      }
      """)
  }

  /// Between conversions of quantised tensors, what is left is integer kernels alone; scales and zero points are the source's.
  @Test func quantizedConvolutionIsComputedWithIntegers() throws {
    let text = """
      graph main(%x: i8[1,2,4,4]) -> (%y) {
        %xs = const f32 0.05
        %xz = const i8 3
        %w = const i8[2,2,1,1] [10, -20, 30, 40]
        %ws = const f32[2] [0.01, 0.02]
        %wz = const i8[2] [0, 0]
        %b = const f32[2] [0.5, -0.25]
        %ys = const f32 0.1
        %yz = const i8 -5
        %xr = DequantizeLinear(%x, %xs, %xz)
        %wr = DequantizeLinear(%w, %ws, %wz) {axis: 0}
        %c = Conv(%xr, %wr, %b)
        %y = QuantizeLinear(%c, %ys, %yz)
      }
      """
    let (bytes, _) = try written(text)
    #expect(codes(bytes).filter { $0 != "TRANSPOSE" } == ["CONV_2D"])
    let graph = try read(bytes).graph
    #expect(graph.quantizedType(ofStored: graph.inputs[0]) == nil || graph.quantizedType(ofStored: graph.inputs[0])?.scales == [0.05])
    let statements = graph.nodeIDs.compactMap { graph.quantizedType(statedBy: $0) }
    #expect(statements.contains { $0.scales == [0.1] && $0.zeroPoints == [-5] })
    #expect(statements.contains { $0.scales == [0.01, 0.02] })
  }

  @Test func foreignOperatorsAreRejected() throws {
    var model = try Model(
      parsing: """
        graph main(%x: f32[2]) -> (%y) {
          %y = elsewhere::Dock@1(%x)
        }
        """)
    let coverage = try Legalization(target).run(on: &model, tidying: Pipelines.cleanUp, sink: DiagnosticSink())
    #expect(coverage.unsupported.map { $0.operator } == ["Dock", "output"])
  }
}
