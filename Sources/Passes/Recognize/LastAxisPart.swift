import GraphIR
import Operators
import Rewriting

/// A value that is a run of the last axis of another.
struct LastAxisPart {
  let whole: MatchedValue
  let range: Range<Int>
  /// Of the whole along the axis.
  let size: Int

  /// Takes one result of a split, or a slice without steps.
  init(_ value: MatchedValue) throws(NoMatch) {
    let node = try value.anyProducer()
    whole = try node.operand(0)
    let rank = try whole.rank()
    guard let size = try whole.shape().last?.number, let length = try value.shape().last?.number else {
      throw NoMatch("the size of the last axis is not known", value.id)
    }
    let start = node.op is Split ? try Self.start(value, of: node, rank) : try Self.start(node.narrowed(to: Slice.self), size, rank)
    try require(start >= 0 && length <= size - start, "the part reaches beyond the axis")
    (self.size, range) = (size, start..<start + length)
  }

  private static func start(_ value: MatchedValue, of node: MatchedNode, _ rank: Int) throws(NoMatch) -> Int {
    let split = try node.narrowed(to: Split.self)
    try require(split.op.axis == -1 || split.op.axis == rank - 1, "the split is along another axis")
    var start = 0
    for index in 0..<node.resultCount {
      let part = node.result(index)
      if part == value { break }
      guard let size = try part.shape().last?.number else { throw NoMatch("the size of the last axis is not known", value.id) }
      start += size
    }
    return start
  }

  private static func start(_ slice: Matched<Slice>, _ size: Int, _ rank: Int) throws(NoMatch) -> Int {
    let (starts, axes) = try (slice[.starts].integers(), slice.ifPresent(.axes)?.integers() ?? [0])
    try require(starts.count == 1 && (axes == [-1] || axes == [rank - 1]), "the slice is along another axis")
    try require(try slice.ifPresent(.steps)?.integers() ?? [1] == [1], "the step is not 1")
    return max(0, starts[0] < 0 ? starts[0] + size : starts[0])
  }
}
