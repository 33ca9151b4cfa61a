import GraphIR
import Operators
import Rewriting

/// Splits a value once instead of slicing each part out of it, or gathering neighbours. Exact.
///
///     %a = Slice(%x: f32[N,8], [0], [3], [1])
///     %b = Slice(%x, [3], [8], [1])             →   %a, %b = Split(%x, [3, 5]) {axis: 1}
///
/// The slices, in any order, cover the axis without gaps or overlap. Where most are one element whose axis is dropped, gathers take
/// fewer nodes.
package struct RecognizeSplit: NodeRule {
  package init() {}

  package var roots: RuleRoots { .operators([Slice.self, Gather.self]) }

  private struct Part {
    let value: MatchedValue
    let axis, start, end: Int

    init(_ slice: Matched<Slice>) throws(NoMatch) {
      let shape = try slice[.data].shape()
      let (starts, ends) = try (slice[.starts].integers(), slice[.ends].integers())
      let axes = try slice.ifPresent(.axes)?.integers() ?? Array(starts.indices)
      try require(starts.count == 1 && ends.count == 1 && axes.count == 1, "the slice is along several axes")
      try require(try slice.ifPresent(.steps)?.integers() ?? [1] == [1], "the step is not 1")
      axis = axes[0] < 0 ? axes[0] + shape.count : axes[0]
      guard shape.indices.contains(axis), let size = shape[axis].number else { throw NoMatch("the size of the axis is not known") }
      start = max(0, starts[0] < 0 ? starts[0] + size : min(starts[0], size))
      end = max(0, ends[0] < 0 ? ends[0] + size : min(ends[0], size))
      try require(start < end, "the slice is empty")
      value = slice.result
    }

    /// Elements next to each other, by their positions.
    init(_ gather: Matched<Gather>) throws(NoMatch) {
      let shape = try gather[.data].shape()
      let places = try gather[.indices].integers()
      try require(try gather[.indices].rank() == 1, "one element is gathered, without its axis")
      axis = gather.op.axis < 0 ? gather.op.axis + shape.count : gather.op.axis
      guard shape.indices.contains(axis), let size = shape[axis].number, (1...size).contains(places.count), places.allSatisfy({ (-size..<size).contains($0) })
      else { throw NoMatch("the size of the axis is not known", gather.result.id) }
      let counted = places.map { $0 < 0 ? $0 &+ size : $0 }
      (start, end) = (counted[0], counted[0] &+ counted.count)
      try require(counted == Array(counted[0]..<counted[0] &+ counted.count) && start >= 0 && end <= size, "no neighbours are gathered")
      value = gather.result
    }

    init(_ node: MatchedNode) throws(NoMatch) {
      if let gather = try? node.narrowed(to: Gather.self) { try self.init(gather) } else { try self.init(node.narrowed(to: Slice.self)) }
    }
  }

  package func rewrite(_ root: MatchedNode, _ edit: inout Edit) throws(NoMatch) {
    let first = try Part(root)
    let x = try root.operand(0)
    try require(x.useCount > 1 && x.useCount <= 64, "nothing else is sliced out of the value")
    var parts: [Part] = []
    for user in x.users {
      guard let part = try? Part(user), try user.operand(0) == x, part.axis == first.axis else { continue }
      parts.append(part)
    }
    parts.sort { ($0.start, $0.end) < ($1.start, $1.end) }
    guard let size = try x.shape()[first.axis].number, parts.first?.start == 0, parts.last?.end == size,
      zip(parts, parts.dropFirst()).allSatisfy({ $0.end == $1.start })
    else { throw NoMatch("the slices do not cover the axis") }
    let gathers = parts.count { $0.end - $0.start == 1 && (try? $0.value.soleUser())?.op is Squeeze }
    try require(1 + gathers < parts.count, "gathers take fewer nodes")
    var op = Split()
    op.axis = first.axis
    let values = edit.emit(op, operands: [x.id, edit.constant(parts.map { $0.end - $0.start })], resultCount: parts.count)
    for (part, value) in zip(parts, values) { edit.replace(part.value, with: value) }
  }
}
