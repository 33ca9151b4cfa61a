import Diagnostics
import GraphIR
import LiteRTSchema
import Operators
import Tensors

extension Mappings {
  static let blocks: [Schema.BuiltinOperator: Mapping] = [
    .depthToSpace: depthToSpace, .spaceToDepth: spaceToDepth, .spaceToBatchNd: spaceToBatch, .batchToSpaceNd: batchToSpace,
    .resizeBilinear: resize, .resizeNearestNeighbor: resize,
  ]

  private static let depthToSpace: Mapping = { (call, reader) throws(ModelError) in
    var op = DepthToSpace()
    op.blocksize = call.options(Schema.DepthToSpaceOptions.code)[Schema.DepthToSpaceOptions.blockSize]
    try move(call, reader, inputs: [0]) { (x) throws(ModelError) in
      [try reader.assembly.withChannelsLast(reader.assembly.emit(op, reader.assembly.withChannelsFirst(x[0])))]
    }
  }

  private static let spaceToDepth: Mapping = { (call, reader) throws(ModelError) in
    var op = SpaceToDepth()
    op.blocksize = call.options(Schema.SpaceToDepthOptions.code)[Schema.SpaceToDepthOptions.blockSize]
    try move(call, reader, inputs: [0]) { (x) throws(ModelError) in
      [try reader.assembly.withChannelsLast(reader.assembly.emit(op, reader.assembly.withChannelsFirst(x[0])))]
    }
  }

  /// Sizes of the axes as numbers.
  private static func fixedShape(_ value: ValueID, _ reader: SubgraphReader) throws(ModelError) -> [Int] {
    let shape = reader.assembly.shape(of: value) ?? []
    let numbers = shape.compactMap(\.number)
    guard numbers.count == shape.count, !shape.isEmpty else { throw ModelError(.unsupported, "blocks of an operand of shape \(shape)") }
    return numbers
  }

  private static func blockSizes(_ call: SourceCall, _ reader: SubgraphReader, rank: Int) throws(ModelError) -> (sizes: [Int], rows: [Int]) {
    let (sizes, rows) = try (reader.integers(call, 1), reader.integers(call, 2))
    guard rows.count == 2 * sizes.count, sizes.count < rank, sizes.count <= 3, sizes.allSatisfy({ $0 > 0 && $0 < 1 << 16 }),
      rows.allSatisfy({ $0 >= 0 && $0 < 1 << 24 })
    else { throw ModelError(.invalidGraph, "blocks of \(sizes) with \(rows) for rank \(rank)") }
    return (sizes, rows)
  }

  /// Pads, splits each spatial axis into blocks, and moves the places within a block to the batch.
  private static let spaceToBatch: Mapping = { (call, reader) throws(ModelError) in
    let assembly = reader.assembly
    try move(call, reader, inputs: [0]) { (x) throws(ModelError) in
      let shape = try fixedShape(x[0], reader)
      let (sizes, rows) = try blockSizes(call, reader, rank: shape.count)
      let (count, tail) = (sizes.count, shape.count - 1 - sizes.count)
      let before = (0..<count).map { rows[2 * $0] }, after = (0..<count).map { rows[2 * $0 + 1] }
      let zeros = [Int](repeating: 0, count: tail)
      var value = try assembly.emit(Pad(), x[0], assembly.integers([0] + before + zeros + [0] + after + zeros))
      var split = [shape[0]]
      for axis in 0..<count {
        let size = shape[axis + 1] + before[axis] + after[axis]
        guard size % sizes[axis] == 0 else { throw ModelError(.invalidGraph, "\(size) places in blocks of \(sizes[axis])") }
        split += [size / sizes[axis], sizes[axis]]
      }
      value = try assembly.emit(Reshape(), value, assembly.integers(split + shape[(count + 1)...]))
      let order = (0..<count).map { 2 * $0 + 2 } + [0] + (0..<count).map { 2 * $0 + 1 } + (0..<tail).map { 2 * count + 1 + $0 }
      value = try assembly.emit(Transpose(perm: order), value)
      guard let batch = ([shape[0]] + sizes).elementCount else { throw ModelError(.limitExceeded, "a batch of \(shape[0]) times \(sizes)") }
      let merged = [batch] + (0..<count).map { split[2 * $0 + 1] } + shape[(count + 1)...]
      return [try assembly.emit(Reshape(), value, assembly.integers(merged))]
    }
  }

  /// The inverse: places come back from the batch, and what was padded is cut off.
  private static let batchToSpace: Mapping = { (call, reader) throws(ModelError) in
    let assembly = reader.assembly
    try move(call, reader, inputs: [0]) { (x) throws(ModelError) in
      let shape = try fixedShape(x[0], reader)
      let (sizes, rows) = try blockSizes(call, reader, rank: shape.count)
      let (count, tail) = (sizes.count, shape.count - 1 - sizes.count)
      let blocks = sizes.reduce(1, *)
      guard shape[0] % blocks == 0 else { throw ModelError(.invalidGraph, "a batch of \(shape[0]) in blocks of \(blocks)") }
      var value = try assembly.emit(Reshape(), x[0], assembly.integers(sizes + [shape[0] / blocks] + shape[1...]))
      var order = [count]
      for axis in 0..<count { order += [count + 1 + axis, axis] }
      value = try assembly.emit(Transpose(perm: order + (0..<tail).map { 2 * count + 1 + $0 }), value)
      let merged = [shape[0] / blocks] + (0..<count).map { shape[$0 + 1] * sizes[$0] } + shape[(count + 1)...]
      value = try assembly.emit(Reshape(), value, assembly.integers(merged))
      let starts = (0..<count).map { rows[2 * $0] }, ends = (0..<count).map { merged[$0 + 1] - rows[2 * $0 + 1] }
      return [try assembly.emit(Slice(), value, assembly.integers(starts), assembly.integers(ends), assembly.integers(Array(1...count)))]
    }
  }

  private static let resize: Mapping = { (call, reader) throws(ModelError) in
    let isLinear = call.code == .resizeBilinear
    typealias Linear = Schema.ResizeBilinearOptions
    typealias Nearest = Schema.ResizeNearestNeighborOptions
    let options = call.options(isLinear ? Linear.code : Nearest.code)
    let corners = isLinear ? options[Linear.alignCorners] : options[Nearest.alignCorners]
    let centers = isLinear ? options[Linear.halfPixelCenters] : options[Nearest.halfPixelCenters]
    var op = Resize()
    op.mode = isLinear ? .linear : .nearest
    op.coordinateTransformationMode = corners ? .alignCorners : centers ? .halfPixel : .asymmetric
    // Nearest: the place itself is cut off, half a place counting from centres, or rounded between corners.
    op.nearestMode = isLinear ? .roundPreferFloor : corners || centers ? .roundPreferCeil : .floor
    let assembly = reader.assembly
    let x = try assembly.withChannelsFirst(reader.real(call, 0))
    let shape = assembly.shape(of: x) ?? []
    let sizes: ValueID
    if let numbers = try? reader.integers(call, 1), numbers.count == 2, shape.count == 4, let channels = shape[1].number, let batch = shape[0].number {
      sizes = try assembly.integers([batch, channels] + numbers)
    } else {
      op.axes = [2, 3]
      sizes = try reader.wide(call, 1)
    }
    let result = try assembly.emit(op, operands: [x, nil, nil, sizes])[0]
    try reader.defineReal(reader.output(call), assembly.withChannelsLast(result))
  }
}
