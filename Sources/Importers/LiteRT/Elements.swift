import Diagnostics
import LiteRTSchema
import Tensors

extension ModelFile {
  /// The elements of a tensor that the file holds, pointing into the mapping; `nil` for one that is computed.
  ///
  /// Throws `malformed` when their number is wrong.
  func elements(of tensor: SourceTensor) throws(ModelError) -> Tensor? {
    guard let element = tensor.element else { return nil }
    guard let range = tensor.range else {
      return tensor.shape.contains(0) && element != .string ? try Tensor(element, tensor.shape, bytes: OwnedBytes(zeroed: 0)) : nil
    }
    do throws(ModelError) {
      if element == .string { return try strings(tensor, range) }
      if let sparsity = tensor.sparsity { return try dense(tensor, element, range, sparsity) }
      return try Tensor(element, tensor.shape, mapped: mapping, range: range)
    } catch {
      throw error.located(Place(value: tensor.name))
    }
  }

  /// Strings: their number, where each begins and the last ends, counted from the buffer's start, then their bytes.
  private func strings(_ tensor: SourceTensor, _ range: Range<Int>) throws(ModelError) -> Tensor {
    func number(_ index: Int) throws(ModelError) -> Int {
      let start = range.lowerBound + 4 * index
      guard index >= 0, start + 4 <= range.upperBound else { throw ModelError(.truncated, "strings beyond the end of their buffer") }
      return (0..<4).reduce(0) { $0 | Int(mapping.bytes[start + $1]) << (8 * $1) }
    }
    let count = try number(0)
    guard count == tensor.shape.elementCount, count <= range.count / 4 else {
      throw ModelError(.malformed, "\(count) strings for the shape \(tensor.shape)")
    }
    var strings: [[UInt8]] = []
    for index in 0..<count {
      let (start, end) = (try number(index + 1), try number(index + 2))
      guard start <= end, end <= range.count else { throw ModelError(.truncated, "a string from \(start) to \(end) of \(range.count)") }
      strings.append(Array(mapping.bytes[range.lowerBound + start..<range.lowerBound + end]))
    }
    return try Tensor(strings: strings, shape: tensor.shape)
  }

  /// A sparse tensor's elements, those that are left out being zero.
  private func dense(
    _ tensor: SourceTensor, _ element: ElementType, _ range: Range<Int>, _ sparsity: FlatTable
  ) throws(ModelError) -> Tensor {
    guard element.bitWidth >= 8, let count = tensor.shape.elementCount, let size = element.byteCount(elements: count) else {
      throw ModelError(.unsupported, "a sparse tensor of \(element.rawValue)\(tensor.shape)")
    }
    // What is left out takes no place in the file; no useful model leaves out this much.
    guard size <= 256 * max(range.count, 1), size <= 1 << 28 else { throw ModelError(.limitExceeded, "\(range.count) bytes stand for \(size)") }
    var walk = try SparseWalk(sparsity, shape: tensor.shape, valueCount: range.count / (element.bitWidth / 8))
    try walk.run()
    let width = element.bitWidth / 8
    var bytes = OwnedBytes(zeroed: size)
    bytes.withUnsafeMutableBytes { target in
      for (source, position) in walk.positions.enumerated() {
        for byte in 0..<width { target[position * width + byte] = mapping.bytes[range.lowerBound + source * width + byte] }
      }
    }
    return try Tensor(element, tensor.shape, bytes: bytes)
  }
}

/// Finds where each stored value of a sparse tensor belongs.
///
/// The tensor's axes, and those of blocks within it, are levels of a tree, walked in the file's own order; a level lists either all
/// its coordinates or, as rows of a compressed matrix do, the ones that are there.
private struct SparseWalk {
  private struct Level {
    var axis: Int
    var isInBlock: Bool
    /// Of a level that lists everything.
    var size: Int
    var segments: [Int]?
    var indices: [Int]
  }

  /// Levels are walked by recursion.
  private static let greatestRank = 64
  private var levels: [Level] = []
  private let strides: [Int]
  private let shape: Shape
  private var blockSizes: [Int]
  private let valueCount: Int
  private var budget: Int
  /// By stored value, its position among the elements.
  private(set) var positions: [Int] = []

  init(_ table: FlatTable, shape: Shape, valueCount: Int) throws(ModelError) {
    typealias Field = Schema.SparsityParameters
    let order = table[Field.traversalOrder]
    let blocks = table[Field.blockMap]
    let metadata = table[Field.dimMetadata]
    self.shape = shape
    self.valueCount = valueCount
    strides = shape.strides
    blockSizes = shape.map { _ in 1 }
    budget = 4 * (shape.elementCount ?? 0) + 1024
    guard blocks.count <= shape.count, shape.count <= Self.greatestRank, order.count == metadata.count, order.sorted() == Array(0..<(shape.count + blocks.count)),
      blocks.allSatisfy({ shape.indices.contains($0) })
    else { throw ModelError(.malformed, "the levels of a sparse tensor do not fit its shape \(shape)") }
    for (axis, level) in zip(order, metadata) {
      let isInBlock = axis >= shape.count
      let isDense = level[Schema.DimensionMetadata.format] == Schema.DimensionType.dense.rawValue
      let target = isInBlock ? blocks[axis - shape.count] : axis
      let size = level[Schema.DimensionMetadata.denseSize]
      guard size >= 0, !isDense || size <= shape[target] else { throw ModelError(.malformed, "a level of a sparse tensor has size \(size)") }
      if isInBlock { blockSizes[target] = isDense ? max(size, 1) : 0 }
      levels.append(
        Level(
          axis: target, isInBlock: isInBlock, size: size,
          segments: isDense ? nil : Self.numbers(level[Schema.DimensionMetadata.arraySegments]),
          indices: isDense ? [] : Self.numbers(level[Schema.DimensionMetadata.arrayIndices])))
    }
    guard !blockSizes.contains(0) else { throw ModelError(.unsupported, "blocks of a sparse tensor that are sparse themselves") }
  }

  private static func numbers(_ union: (tag: Int, table: FlatTable?)) -> [Int] {
    guard let table = union.table else { return [] }
    switch union.tag {
    case Schema.Int32Vector.code: return table[Schema.Int32Vector.values]
    case Schema.Uint16Vector.code: return table[Schema.Uint16Vector.values]
    default: return table[Schema.Uint8Vector.values]
    }
  }

  mutating func run() throws(ModelError) {
    try descend(0, row: 0, coordinates: shape.map { _ in 0 })
    guard positions.count == valueCount else {
      throw ModelError(.malformed, "a sparse tensor lists \(positions.count) places for \(valueCount) values")
    }
  }

  /// `row` counts the entries of the level before.
  private mutating func descend(_ depth: Int, row: Int, coordinates: [Int]) throws(ModelError) {
    budget -= 1
    guard budget >= 0 else { throw ModelError(.limitExceeded, "a sparse tensor lists more places than it has") }
    guard depth < levels.count else {
      guard positions.count < valueCount, zip(coordinates, shape).allSatisfy({ $0 < $1 }) else {
        throw ModelError(.malformed, "a sparse tensor lists a place outside it or without a value")
      }
      positions.append(zip(coordinates, strides).reduce(0) { $0 + $1.0 * $1.1 })
      return
    }
    let level = levels[depth]
    if let segments = level.segments {
      guard row + 1 < segments.count, segments[row] >= 0, segments[row] <= segments[row + 1], segments[row + 1] <= level.indices.count
      else { throw ModelError(.malformed, "a sparse tensor's rows do not fit its indices") }
      for entry in segments[row]..<segments[row + 1] { try visit(level, level.indices[entry], depth, row: entry, coordinates) }
    } else {
      let (start, overflows) = row.multipliedReportingOverflow(by: level.size)
      guard !overflows, start <= Int.max - level.size else { throw ModelError(.malformed, "a sparse tensor's levels have too many rows") }
      for index in 0..<level.size { try visit(level, index, depth, row: start + index, coordinates) }
    }
  }

  private mutating func visit(_ level: Level, _ index: Int, _ depth: Int, row: Int, _ coordinates: [Int]) throws(ModelError) {
    guard index >= 0, index < 1 << 31 else { throw ModelError(.malformed, "a sparse tensor lists the coordinate \(index)") }
    var next = coordinates
    next[level.axis] += level.isInBlock ? index : index * blockSizes[level.axis]
    try descend(depth + 1, row: row, coordinates: next)
  }
}
