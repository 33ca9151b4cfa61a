import Diagnostics
import Evaluation
import GraphIR
import LiteRTImport
import LiteRTSchema
import Operators
import Tensors
import Testing

@Suite struct ImporterTests {
  private func run(_ bytes: [UInt8], _ inputs: [Tensor]) throws -> [Tensor] {
    let model = try readModel(bytes)
    try model.graph.verify()
    return try Executor(model.graph).run(inputs)
  }

  @Test func recognizesTheIdentifier() throws {
    let bytes = try SampleFile.convolution()
    #expect(bytes.withUnsafeBytes { LiteRTImporter.recognizes($0) })
    #expect([UInt8](repeating: 0, count: 64).withUnsafeBytes { !LiteRTImporter.recognizes($0) })
    #expect([UInt8]("TFL3".utf8).withUnsafeBytes { !LiteRTImporter.recognizes($0) })
  }

  @Test func convolutionWithActivation() throws {
    let x = try Tensor(.float32, [1, 2, 2, 1], elements: [Float(-3), -1, 0, 4])
    let y = try run(SampleFile.convolution(), [x])
    #expect(y[0].shape == [1, 2, 2, 1])
    #expect(try y[0].floats() == [0, 0, 1, 9])
  }

  @Test func aSingleAxisBecomesAVector() throws {
    var file = SampleFile()
    let x = file.tensor("x", .float32, [2, 2])
    let axis = file.tensor("axis", .int32, [], elements: [1, 0, 0, 0])
    let y = file.tensor("y", .float32, [2])
    file.step(Schema.BuiltinOperator.sum.rawValue, [x, axis], [y])
    let graph = try readModel(file.bytes(inputs: [x], outputs: [y])).graph
    let sum = try #require(graph.nodeIDs.first { graph[$0].op is ReduceSum })
    let axes = try #require(graph[sum].operands[1])
    #expect(graph[axes].type?.tensorType?.shape == [1])
    #expect(try Executor(graph).run([Tensor(.float32, [2, 2], elements: [Float(1), 2, 3, 4])])[0].floats() == [3, 7])
  }

  /// Complex numbers between two operators are pairs; what is left of them at the end are floats.
  @Test(arguments: [(Schema.BuiltinOperator.real, [10, -2, -2]), (.imag, [0, 2, 0]), (.complexAbs, [10, Float(8).squareRoot(), 2])])
  func transformsToHalfASpectrum(_ code: Schema.BuiltinOperator, _ expected: [Float]) throws {
    var file = SampleFile()
    let x = file.tensor("x", .float32, [1, 4])
    let lengths = file.tensor("lengths", .int32, [2], elements: [1, 0, 0, 0, 4, 0, 0, 0])
    let spectrum = file.tensor("spectrum", .complex64, [1, 3])
    let flat = file.tensor("flat", .complex64, [3])
    let y = file.tensor("y", .float32, [3])
    var options = FlatObject()
    options.set(Schema.SqueezeOptions.squeezeDims, [-2])
    file.step(Schema.BuiltinOperator.rfft2d.rawValue, [x, lengths], [spectrum])
    file.step(Schema.BuiltinOperator.squeeze.rawValue, [spectrum], [flat], (Schema.SqueezeOptions.code, options))
    file.step(code.rawValue, [flat], [y])
    let result = try run(file.bytes(inputs: [x], outputs: [y]), [Tensor(.float32, [1, 4], elements: [Float(1), 2, 3, 4])])[0]
    #expect(result.shape == [3])
    for (a, b) in zip(try result.floats(), expected) { #expect(abs(a - b) < 1e-5) }
  }

  @Test func complexOutputsAreRefused() throws {
    var file = SampleFile()
    let x = file.tensor("x", .float32, [1, 4])
    let lengths = file.tensor("lengths", .int32, [2], elements: [1, 0, 0, 0, 4, 0, 0, 0])
    let y = file.tensor("y", .complex64, [1, 3])
    file.step(Schema.BuiltinOperator.rfft2d.rawValue, [x, lengths], [y])
    #expect(throws: ModelError.self) { try readModel(file.bytes(inputs: [x], outputs: [y])) }
  }

  /// Where a slice ends may be computed; what a mask says of it holds, and a dropped last element has no end.
  @Test func slicesBetweenComputedBounds() throws {
    var file = SampleFile()
    let x = file.tensor("x", .float32, [2, 4])
    let begins = file.tensor("begins", .int32, [2])
    let ends = file.tensor("ends", .int32, [2])
    let steps = file.tensor("steps", .int32, [2], elements: [1, 0, 0, 0, 1, 0, 0, 0])
    let y = file.tensor("y", .float32, [2])
    var options = FlatObject()
    options.set(Schema.StridedSliceOptions.endMask, 2)
    options.set(Schema.StridedSliceOptions.shrinkAxisMask, 1)
    file.step(Schema.BuiltinOperator.stridedSlice.rawValue, [x, begins, ends, steps], [y], (Schema.StridedSliceOptions.code, options))
    let bytes = try file.bytes(inputs: [x, begins, ends], outputs: [y])
    let data = try Tensor(.float32, [2, 4], elements: (0..<8).map(Float.init))
    let bounds = try Tensor(.int32, [2], elements: [Int32(-1), 2])
    let result = try run(bytes, [data, bounds, Tensor(.int32, [2], elements: [Int32(0), 3])])[0]
    #expect(result.shape == [2])
    #expect(try result.floats() == [6, 7])
  }

  @Test func weightsPointIntoTheFile() throws {
    var file = SampleFile()
    let x = file.tensor("x", .float32, [4])
    let k = file.tensor("k", .float32, [4], elements: SampleFile.floats([1, 2, 3, 4]))
    let y = file.tensor("y", .float32, [4])
    file.step(Schema.BuiltinOperator.add.rawValue, [x, k], [y])
    let model = try readModel(file.bytes(inputs: [x], outputs: [y]))
    let constants = model.graph.valueIDs.compactMap { model.graph[$0].constant }
    #expect(constants.count == 1)
    #expect(constants.first?.mappedRange != nil)
  }

  /// A sum of quantised tensors is one of what they stand for, between a pair of conversions each.
  @Test func quantizationBecomesPairs() throws {
    var file = SampleFile()
    let a = file.tensor("a", .int8, [2], scales: [0.5], zeros: [1])
    let b = file.tensor("b", .int8, [2], scales: [0.25], zeros: [0])
    let y = file.tensor("y", .int8, [2], scales: [1], zeros: [-2])
    file.step(Schema.BuiltinOperator.add.rawValue, [a, b], [y])
    let model = try readModel(file.bytes(inputs: [a, b], outputs: [y]))
    let graph = model.graph
    #expect(graph.quantizedType(ofStored: graph.inputs[0]) == QuantizedType(element: .int8, scales: [0.5], zeroPoints: [1], axis: 0))
    #expect(graph.quantizedType(ofStored: graph.outputs[0]) == QuantizedType(element: .int8, scales: [1], zeroPoints: [-2], axis: 0))
    let operands = [try Tensor(.int8, [2], elements: [Int8(5), 101]), try Tensor(.int8, [2], elements: [Int8(8), -128])]
    // (5 - 1) / 2 + 8 / 4 = 4, then 2 less; (101 - 1) / 2 - 128 / 4 = 18
    #expect(try Executor(graph).run(operands)[0].elements(as: Int8.self) == [2, 16])
  }

  @Test func valuesThatAreOnlyMovedStayIntegers() throws {
    var file = SampleFile()
    let a = file.tensor("a", .int8, [2, 3], scales: [0.5], zeros: [1])
    let y = file.tensor("y", .int8, [3, 2], scales: [0.5], zeros: [1])
    let order = file.tensor("order", .int32, [2], elements: [1, 0, 0, 0, 0, 0, 0, 0])
    file.step(Schema.BuiltinOperator.transpose.rawValue, [a, order], [y])
    let model = try readModel(file.bytes(inputs: [a], outputs: [y]))
    #expect(model.graph.nodeIDs.allSatisfy { model.graph[$0].op is Transpose })
    let x = try Tensor(.int8, [2, 3], elements: [Int8(1), 2, 3, 4, 5, 6])
    #expect(try Executor(model.graph).run([x])[0].elements(as: Int8.self) == [1, 4, 2, 5, 3, 6])
  }

  @Test func unknownOperatorsAreCarried() throws {
    var file = SampleFile()
    let x = file.tensor("x", .float32, [2]), y = file.tensor("y", .float32, [2])
    file.step(Schema.BuiltinOperator.svdf.rawValue, [x], [y])
    let model = try readModel(file.bytes(inputs: [x], outputs: [y]))
    let foreign = model.graph.nodeIDs.compactMap { model.graph[$0].op as? ForeignOperator }
    #expect(foreign.map(\.name) == ["SVDF"])
    #expect(foreign.map(\.domain) == ["tflite"])
  }
}
