import Diagnostics
import Evaluation
import LiteRTSchema
import Tensors
import Testing

/// Sparse constants: levels of a tree that list all coordinates or those that are there.
@Suite struct SparseTests {
  private static func dense(_ size: Int) -> FlatObject {
    var level = FlatObject()
    level.set(Schema.DimensionMetadata.format, Schema.DimensionType.dense.rawValue)
    level.set(Schema.DimensionMetadata.denseSize, size)
    return level
  }

  private static func sparse(_ segments: [Int], _ indices: [Int]) -> FlatObject {
    var level = FlatObject()
    level.set(Schema.DimensionMetadata.format, Schema.DimensionType.sparseCsr.rawValue)
    var ends = FlatObject(), places = FlatObject()
    ends.set(Schema.Int32Vector.values, segments)
    places.set(Schema.Uint8Vector.values, indices)
    level.set(Schema.DimensionMetadata.arraySegments, Schema.Int32Vector.code, ends)
    level.set(Schema.DimensionMetadata.arrayIndices, Schema.Uint8Vector.code, places)
    return level
  }

  /// `x + k` with a sparse `k`.
  private static func file(_ shape: [Int], _ values: [Float], order: [Int], blocks: [Int] = [], _ levels: [FlatObject]) throws -> [UInt8] {
    var file = SampleFile()
    let x = file.tensor("x", .float32, shape)
    let k = file.tensor("k", .float32, shape, elements: SampleFile.floats(values))
    let y = file.tensor("y", .float32, shape)
    var sparsity = FlatObject()
    sparsity.set(Schema.SparsityParameters.traversalOrder, order)
    if !blocks.isEmpty { sparsity.set(Schema.SparsityParameters.blockMap, blocks) }
    sparsity.set(Schema.SparsityParameters.dimMetadata, levels)
    file.tensors[k].set(Schema.Tensor.sparsity, sparsity)
    file.step(Schema.BuiltinOperator.add.rawValue, [x, k], [y])
    return try file.bytes(inputs: [x], outputs: [y])
  }

  private func constant(_ shape: [Int], _ bytes: [UInt8]) throws -> [Float] {
    let zeros = try Tensor(.float32, shape, elements: [Float](repeating: 0, count: shape.reduce(1, *)))
    return try Executor(readModel(bytes).graph).run([zeros])[0].floats()
  }

  private func expectRefused(_ code: ModelError.Code, _ bytes: [UInt8], location: SourceLocation = #_sourceLocation) {
    do {
      _ = try readModel(bytes)
      Issue.record("the file was read", sourceLocation: location)
    } catch let error as ModelError {
      #expect(error.code == code, "\(error)", sourceLocation: location)
    } catch {
      Issue.record("\(error)", sourceLocation: location)
    }
  }

  @Test func rowsListTheirColumns() throws {
    let bytes = try Self.file([2, 3], [5, 6, 7], order: [0, 1], [Self.dense(2), Self.sparse([0, 1, 3], [2, 0, 1])])
    #expect(try constant([2, 3], bytes) == [0, 0, 5, 6, 7, 0])
  }

  @Test func columnsListTheirRows() throws {
    let bytes = try Self.file([2, 3], [5, 6, 7], order: [1, 0], [Self.dense(3), Self.sparse([0, 1, 1, 3], [1, 0, 1])])
    #expect(try constant([2, 3], bytes) == [0, 0, 6, 5, 0, 7])
  }

  @Test func blocksAreStoredWhole() throws {
    let levels = [Self.dense(2), Self.sparse([0, 1, 2], [1, 0]), Self.dense(2), Self.dense(2)]
    let bytes = try Self.file([4, 4], [1, 2, 3, 4, 5, 6, 7, 8], order: [0, 1, 2, 3], blocks: [0, 1], levels)
    #expect(try constant([4, 4], bytes) == [0, 0, 1, 2, 0, 0, 3, 4, 5, 6, 0, 0, 7, 8, 0, 0])
  }

  /// Rows are counted through all levels, so that sizes which no axis has would count beyond 64 bits.
  @Test func levelsLargerThanTheirAxesAreRefused() throws {
    let huge = Int(Int32.max)
    let levels = [Self.sparse([1, 2], [0, 0]), Self.dense(huge), Self.dense(huge), Self.dense(huge)]
    expectRefused(.malformed, try Self.file([1, 1, 1, 1], [1], order: [0, 1, 2, 3], levels))
  }

  @Test func axesCutIntoBlocksAgainAndAgainAreRefused() throws {
    let count = 100_000
    let levels = [Self.dense(1)] + [FlatObject](repeating: Self.dense(1), count: count)
    expectRefused(.malformed, try Self.file([1], [1], order: Array(0...count), blocks: [Int](repeating: 0, count: count), levels))
  }

  @Test func placesOutsideTheTensorAreRefused() throws {
    expectRefused(.malformed, try Self.file([2, 3], [5, 6, 7], order: [0, 1], [Self.dense(2), Self.sparse([0, 1, 3], [2, 0, 3])]))
    expectRefused(.malformed, try Self.file([2, 3], [5, 6, 7], order: [0, 1], [Self.dense(2), Self.sparse([0, 1, 9], [2, 0, 1])]))
    expectRefused(.malformed, try Self.file([2, 3], [5, 6, 7], order: [0, 0], [Self.dense(2), Self.sparse([0, 1, 3], [2, 0, 1])]))
  }
}
