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
  /// Lists of operators, as hardware profiles have them, call the format's own by the names of what they take the place of.
  @Test func kernelsGoByTheirStandardNames() throws {
    var model = try Model(
      parsing: """
        graph main(%x: f32[1,4,8,8]) -> (%y) {
          %w = const f32[4,1,3,3] random(1)
          %c = Conv(%x, %w) {group: 4}
          %y = MaxPool(%c) {kernel_shape: [2, 2]}
        }
        """)
    var inference = TypeInference()
    try inference.run(on: &model.graph)
    let judge = Legalization(LiteRTTarget(layouts: Pipelines.layouts), limits: { Rejection(.profile, $0.standardName) })
    let found = try judge.run(on: &model, tidying: Pipelines.cleanUp, sink: DiagnosticSink()).unsupported
    #expect(found.first { $0.operator == "DEPTHWISE_CONV_2D" }?.detail == "Conv")
    #expect(found.first { $0.operator == "MAX_POOL_2D" }?.detail == "MaxPool")
  }

  @Test func aChainOfConvolutionsNeedsTranspositionsAtItsEndsAlone() throws {
    try RoundTrip.expectSame(
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

  @Test func aQuantizedProductAddsARowAsAVector() throws {
    func text(_ bias: String) -> String {
      """
      graph main(%x: f32[3,4]) -> (%y) {
        %s = const f32 0.05
        %z = const i8 3
        %w = const i8[4,2] random(1)
        %ws = const f32 0.01
        %b = const i32\(bias)
        %bs = const f32 0.0005
        %xq = QuantizeLinear(%x, %s, %z)
        %xr = DequantizeLinear(%xq, %s, %z)
        %wr = DequantizeLinear(%w, %ws)
        %br = DequantizeLinear(%b, %bs)
        %c = Gemm(%xr, %wr, %br)
        %q = QuantizeLinear(%c, %s, %z)
        %y = DequantizeLinear(%q, %s, %z)
      }
      """
    }
    try RoundTrip.expectSame(text("[1,2] [70, -90]"), steps: ["QUANTIZE", "FULLY_CONNECTED", "DEQUANTIZE"])
    // One number for every column is no vector of theirs: the product is one of floats.
    let steps = try RoundTrip.codes(text("[1,1] [70]"))
    #expect(steps.contains("ADD") && steps.last == "DEQUANTIZE")
    try RoundTrip.expectSame(text("[1,1] [70]"))
  }

  @Test func transposedConvolutionOfAnOpenSizeIsReadBack() throws {
    try RoundTrip.expectSame(
      """
      graph main(%x: f32[1,3,n,n]) -> (%y) {
        %w = const f32[3,2,2,2] random(1)
        %y = ConvTranspose(%x, %w) {strides: [2, 2]}
      }
      """)
  }

  @Test func constantsOfFewBitsAreDequantizedAsBytes() throws {
    try RoundTrip.expectSame(
      """
      graph main(%x: f32[3,4]) -> (%y) {
        %w = const u4[4,2] splat(11)
        %s = const f32[2] [0.5, 0.25]
        %z = const u4[2] splat(3)
        %r = DequantizeLinear(%w, %s, %z)
        %y = MatMul(%x, %r)
      }
      """)
  }

  @Test func aNormalizationWhoseParametersAreQuantizedIsScaledAndShifted() throws {
    try RoundTrip.expectSame(
      """
      graph main(%x: f32[1,2,3,3]) -> (%y) {
        %s = const f32 0.05
        %z = const u8 100
        %a = const u8[2] [120, 140]
        %ar = DequantizeLinear(%a, %s, %z)
        %b = const f32[2] [0.1, 0.2]
        %v = const f32[2] [1, 2]
        %y = BatchNormalization(%x, %ar, %b, %b, %v)
      }
      """)
  }

  @Test func theEndOfAClassifierNeedsNoTransposition() throws {
    try RoundTrip.expectSame(
      """
      graph main(%x: f32[n,3,8,8]) -> (%y) {
        %w = const f32[4,3,3,3] random(1)
        %m = const f32[4,7] random(2)
        %c = Conv(%x, %w)
        %p = GlobalAveragePool(%c)
        %f = Flatten(%p)
        %y = MatMul(%f, %m)
      }
      """,
      steps: ["TRANSPOSE", "CONV_2D", "MEAN", "RESHAPE", "FULLY_CONNECTED"])
  }

  @Test func aSignalAsAnImageOfOneRowNeedsNoTransposition() throws {
    try RoundTrip.expectSame(
      """
      graph main(%x: f32[1,12,3]) -> (%y) {
        %w = const f32[4,3,1,5] random(1)
        %two = const i64[1] [2]
        %t = Transpose(%x) {perm: [0, 2, 1]}
        %u = Unsqueeze(%t, %two)
        %c = Conv(%u, %w)
        %s = Squeeze(%c, %two)
        %r = Transpose(%s) {perm: [0, 2, 1]}
        %y = Relu(%r)
      }
      """,
      steps: ["RESHAPE", "CONV_2D", "RESHAPE"])
  }

  /// The activation is not the kernel's where somebody sees the elements before it.
  @Test func anActivationStaysBehindAShapeThatIsUsedElsewhere() throws {
    try RoundTrip.expectSame(
      """
      graph main(%x: f32[1,1,12,3]) -> (%y, %s) {
        %w = const f32[4,3,1,5] random(1)
        %one = const i64[1] [1]
        %t = Transpose(%x) {perm: [0, 3, 1, 2]}
        %c = Conv(%t, %w)
        %r = Transpose(%c) {perm: [0, 2, 3, 1]}
        %s = Squeeze(%r, %one)
        %y = Relu(%s)
      }
      """,
      steps: ["CONV_2D", "RESHAPE", "RELU"])
  }

  @Test func aProductTransposesMatricesItself() throws {
    try RoundTrip.expectSame(
      """
      graph main(%a: f32[2,4,n,3], %b: f32[2,4,6,3]) -> (%y) {
        %t = Transpose(%b) {perm: [0, 1, 3, 2]}
        %y = MatMul(%a, %t)
      }
      """,
      steps: ["BATCH_MATMUL"])
  }

  @Test func aProductTransposesNoMoreThanMatrices() throws {
    try RoundTrip.expectSame(
      """
      graph main(%a: f32[2,4,5,3], %b: f32[6,2,4,3]) -> (%y) {
        %t = Transpose(%b) {perm: [1, 2, 3, 0]}
        %y = MatMul(%a, %t)
      }
      """,
      steps: ["TRANSPOSE", "BATCH_MATMUL"])
  }

  @Test func aQuantizedProductKeepsItsTransposition() throws {
    let text = """
      graph main(%a: i8[1,2,3], %b: i8[1,4,3]) -> (%y) {
        %s = const f32 0.05
        %z = const i8 3
        %p = DequantizeLinear(%a, %s, %z)
        %q = DequantizeLinear(%b, %s, %z)
        %t = Transpose(%q) {perm: [0, 2, 1]}
        %m = MatMul(%p, %t)
        %y = QuantizeLinear(%m, %s, %z)
      }
      """
    #expect(try RoundTrip.codes(RoundTrip.written(text).file).contains("TRANSPOSE"))
    try RoundTrip.expectSame(text)
  }

  @Test func anActivationStaysBehindAShapeThatNoKernelIsBefore() throws {
    try RoundTrip.expectSame(
      """
      graph main(%x: f32[2,6]) -> (%y) {
        %s = const i64[2] [3, 4]
        %n = Neg(%x)
        %r = Reshape(%n, %s)
        %y = Relu(%r)
      }
      """,
      steps: ["NEG", "RESHAPE", "RELU"])
  }

  @Test func openSizesStayOpen() throws {
    let model = try RoundTrip.expectSame(
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
    try RoundTrip.expectSame(
      """
      graph main(%x: f32[1,2,7,7]) -> (%y) {
        %y = AveragePool(%x) {kernel_shape: [3, 3], pads: [1, 1, 1, 1], strides: [2, 2]}
      }
      """)
  }

  @Test func transposedConvolution() throws {
    try RoundTrip.expectSame(
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
    let (bytes, _) = try RoundTrip.written(text)
    #expect(RoundTrip.codes(bytes).filter { $0 != "TRANSPOSE" } == ["CONV_2D"])
    let graph = try RoundTrip.read(bytes).graph
    #expect(graph.quantizedType(ofStored: graph.inputs[0]) == nil || graph.quantizedType(ofStored: graph.inputs[0])?.scales == [0.05])
    let statements = graph.nodeIDs.compactMap { graph.quantizedType(statedBy: $0) }
    #expect(statements.contains { $0.scales == [0.1] && $0.zeroPoints == [-5] })
    #expect(statements.contains { $0.scales == [0.01, 0.02] })
  }

  /// What a bias of integers has to look like, its kernel takes for granted: units that are the product of the others', and 64 bits
  /// beside activations of 16.
  @Test(arguments: [("i8", "i32", "[0.0005, 0.001]", true), ("i16", "i64", "[0.0005, 0.001]", true), ("i8", "i32", "[0.001, 0.001]", false)])
  func biasesOfIntegersGetTheUnitsOfTheKernel(_ activation: String, _ bias: String, _ scales: String, _ stay: Bool) throws {
    let text = """
      graph main(%x: \(activation)[1,2,4,4]) -> (%y) {
        %xs = const f32 0.05
        %xz = const \(activation) 0
        %w = const i8[2,2,1,1] [10, -20, 30, 40]
        %ws = const f32[2] [0.01, 0.02]
        %wz = const i8[2] [0, 0]
        %b = const i32[2] [700, -300]
        %bs = const f32[2] \(scales)
        %ys = const f32 0.1
        %xr = DequantizeLinear(%x, %xs, %xz)
        %wr = DequantizeLinear(%w, %ws, %wz) {axis: 0}
        %br = DequantizeLinear(%b, %bs) {axis: 0}
        %c = Conv(%xr, %wr, %br)
        %y = QuantizeLinear(%c, %ys, %xz)
      }
      """
    let (bytes, _) = try RoundTrip.written(text)
    #expect(RoundTrip.codes(bytes).filter { $0 != "TRANSPOSE" } == ["CONV_2D"])
    let graph = try RoundTrip.read(bytes).graph
    let stored = graph.valueIDs.compactMap { graph.constant($0) }.filter { $0.element.rawValue == bias && $0.shape == [2] }
    #expect(try stored.contains { try $0.integers() == (stay ? [700, -300] : [1400, -300]) }, "\(stored)")
    try RoundTrip.expectSame(text)
  }

  /// Beside kernels that compute with floats, a bias of integers is one of floats: the format does not dequantise 32 bits.
  @Test func biasesOfIntegersBesideFloatsAreFloats() throws {
    try RoundTrip.expectSame(
      """
      graph main(%x: f32[1,2]) -> (%y) {
        %w = const f32[2,2] [1, 2, 3, 4]
        %b = const i32[2] [700, -300]
        %s = const f32 0.001
        %r = DequantizeLinear(%b, %s)
        %y = Gemm(%x, %w, %r)
      }
      """, steps: ["FULLY_CONNECTED"])
  }

  /// Weights and activations of 8 and 16 bits: the bias has 64.
  @Test func sixteenBitActivationsHaveABiasOfSixtyFour() throws {
    let text = """
      graph main(%x: i16[1,2,4,4]) -> (%y) {
        %xs = const f32 0.001
        %xz = const i16 0
        %w = const i8[2,2,1,1] [10, -20, 30, 40]
        %ws = const f32[2] [0.01, 0.02]
        %wz = const i8[2] [0, 0]
        %b = const f32[2] [0.5, -0.25]
        %ys = const f32 0.002
        %yz = const i16 0
        %xr = DequantizeLinear(%x, %xs, %xz)
        %wr = DequantizeLinear(%w, %ws, %wz) {axis: 0}
        %c = Conv(%xr, %wr, %b)
        %y = QuantizeLinear(%c, %ys, %yz)
      }
      """
    let (bytes, _) = try RoundTrip.written(text)
    #expect(RoundTrip.codes(bytes).filter { $0 != "TRANSPOSE" } == ["CONV_2D"])
    let types = bytes.withUnsafeBytes { bytes in
      FlatTable(root: bytes)[Schema.Model.subgraphs].first?[Schema.SubGraph.tensors].map { $0[Schema.Tensor.type] } ?? []
    }
    #expect(types.contains(Schema.TensorType.int64.rawValue))
    try RoundTrip.expectSame(text)
  }

  /// Real activations times weights that are dequantised: the weights are not transposed.
  @Test func dequantizedWeightsOfARealProduct() throws {
    for transposed in [false, true] {
      try RoundTrip.expectSame(
        """
        graph main(%x: f32[2,3]) -> (%y) {
          %w = const i8[\(transposed ? "5,3" : "3,5")] [1, -2, 3, -4, 5, -6, 7, -8, 9, -10, 11, -12, 13, -14, 15]
          %s = const f32 0.1
          %z = const i8 0
          %b = const f32[5] random(1)
          %r = DequantizeLinear(%w, %s, %z)
          %y = Gemm(%x, %r, %b) {transB: \(transposed ? 1 : 0)}
        }
        """)
    }
  }

  /// As in a file of more than 2 GB: the FlatBuffer says where behind it each constant lies.
  @Test func constantsStandBehindAFlatBufferThatIsTooLarge() throws {
    let text = """
      graph main(%x: f32[2,64]) -> (%y) {
        %w = const f32[64,64] random(1)
        %b = const f32[64] random(2)
        %p = MatMul(%x, %w)
        %y = Add(%p, %b)
      }
      """
    try RoundTrip.expectSame(text, flatBufferLimit: 4096)
    let inside = try RoundTrip.written(text).file, outside = try RoundTrip.written(text, flatBufferLimit: 4096).file
    let offsets = { (bytes: [UInt8]) in
      bytes.withUnsafeBytes { FlatTable(root: $0)[Schema.Model.buffers].map { $0[Schema.Buffer.offset] }.filter { $0 > 0 } }
    }
    #expect(offsets(inside).isEmpty)
    #expect(offsets(outside).count >= 2 && offsets(outside).allSatisfy { $0 % 64 == 0 })
  }

  @Test func stringsSurvive() throws {
    try RoundTrip.expectSame(
      """
      graph main(%x: f32[2]) -> (%y, %t) {
        %y = Neg(%x)
        %s = const str[3] ["ferry", "", "f\u{e4}hre"]
        %t = Identity(%s)
      }
      """)
  }

  @Test func filesDescribeThemselves() throws {
    let bytes = try RoundTrip.written("graph main(%x: f32[2]) -> (%y) {\n  %y = Neg(%x)\n}").file
    let (names, head) = bytes.withUnsafeBytes { bytes in
      let root = FlatTable(root: bytes)
      let entries = root[Schema.Model.metadata]
      let buffers = root[Schema.Model.buffers]
      let range = buffers[entries[1][Schema.Metadata.buffer]].range(of: Schema.Buffer.data)
      return (entries.map { $0[Schema.Metadata.name] }, Array(bytes[range].prefix(8)))
    }
    #expect(names == ["min_runtime_version", "TFLITE_METADATA"])
    #expect(Array(head.suffix(4)) == Array("M001".utf8))
  }

  @Test func foreignOperatorsAreRejected() throws {
    var model = try Model(
      parsing: """
        graph main(%x: f32[2]) -> (%y) {
          %y = elsewhere::Dock@1(%x)
        }
        """)
    let coverage = try Legalization(LiteRTTarget(layouts: Pipelines.layouts)).run(on: &model, tidying: Pipelines.cleanUp, sink: DiagnosticSink())
    #expect(coverage.unsupported.map { $0.operator } == ["Dock", "output"])
  }
}
