import GraphIR
import Operators
import Rewriting

/// Splits a value once instead of slicing each part out of it. Exact.
///
///     %a = Slice(%x: f32[N,8], [0], [3], [1])
///     %b = Slice(%x, [3], [8], [1])             →   %a, %b = Split(%x, [3, 5]) {axis: 1}
///
/// The slices, in any order, cover the axis without gaps or overlap. Where most are one element whose axis is dropped, gathers take
/// fewer nodes.
package struct RecognizeSplit: RewriteRule {
  package init() {}

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
  }

  package func rewrite(_ root: Matched<Slice>, _ edit: inout Edit) throws(NoMatch) {
    let first = try Part(root)
    let x = try root[.data]
    try require(x.useCount > 1 && x.useCount <= 64, "nothing else is sliced out of the value")
    var parts: [Part] = []
    for user in x.users {
      guard let slice = try? user.narrowed(to: Slice.self), let part = try? Part(slice), part.axis == first.axis else { continue }
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
