import GraphIR
import Operators
import Rewriting
import Tensors

/// Makes one slice of two. Exact.
///
///     %a = Slice(%x, [1], [5], [1])
///     %y = Slice(%a, [0], [2], [2])   →   %y = Slice(%x, [1, 0], [5, 2], [1, 2], [1, 1])
///     %y = Slice(%a, [2], [9], [1])   →   %y = Slice(%x, [3], [5], [1], [1])
///
/// Along one axis, the steps are positive, and positions count from the beginning or the axis has a known size; the first step is 1 or the
/// sizes are known.
package struct MergeSlices: RewriteRule {
  package init() {}

  package func rewrite(_ outer: Matched<Slice>, _ edit: inout Edit) throws(NoMatch) {
    let inner = try outer[.data].soleProducer(Slice.self)
    let rank = try inner[.data].rank()
    let (first, second) = try (Ranges(inner, rank), Ranges(outer, rank))
    var all = first
    for (index, axis) in second.axes.enumerated() {
      guard let place = first.axes.firstIndex(of: axis) else {
        all.append(second, index)
        continue
      }
      let sizes = try (inner[.data].shape()[axis], outer[.data].shape()[axis])
      let (from, to) = try (first.counted(place, sizes.0), second.counted(index, sizes.1))
      let step = first.steps[place]
      try require(step == 1 || sizes.0.number != nil && sizes.1.number != nil, "the sizes are not known, and the first step is not 1")
      let (start, end) = (Self.moved(to.start, step, from.start), Self.moved(to.end, step, from.start))
      let steps = step.multipliedReportingOverflow(by: second.steps[index])
      guard let start, !steps.overflow else { throw NoMatch("the positions are too large") }
      (all.starts[place], all.ends[place], all.steps[place]) = (start, end.map { min(from.end, $0) } ?? from.end, steps.partialValue)
    }
    var operands: [ValueID?] = [try inner[.data].id]
    for list in [all.starts, all.ends, all.axes, all.steps] { operands.append(edit.constant(list)) }
    try edit.replace(outer.result, withSameShape: edit.emit(Slice(), operands: operands)[0])
  }

  /// `position·step + start`, where that does not overflow.
  private static func moved(_ position: Int, _ step: Int, _ start: Int) -> Int? {
    let far = position.multipliedReportingOverflow(by: step)
    let sum = far.partialValue.addingReportingOverflow(start)
    return far.overflow || sum.overflow ? nil : sum.partialValue
  }

  private struct Ranges {
    var starts, ends, axes, steps: [Int]

    init(_ slice: Matched<Slice>, _ rank: Int) throws(NoMatch) {
      (starts, ends) = try (slice[.starts].integers(), slice[.ends].integers())
      let listed = try slice.ifPresent(.axes)?.integers() ?? Array(starts.indices)
      axes = listed.map { $0 < 0 ? $0 + rank : $0 }
      steps = try slice.ifPresent(.steps)?.integers() ?? [Int](repeating: 1, count: axes.count)
      try require(starts.count == axes.count && ends.count == axes.count && steps.count == axes.count, "the lists differ in length")
      try require(Set(axes).count == axes.count && axes.allSatisfy { (0..<rank).contains($0) }, "an axis comes twice, or does not exist")
    }

    mutating func append(_ other: Ranges, _ index: Int) {
      starts.append(other.starts[index])
      ends.append(other.ends[index])
      axes.append(other.axes[index])
      steps.append(other.steps[index])
    }

    /// The range from the beginning of an axis.
    func counted(_ index: Int, _ size: Dim) throws(NoMatch) -> (start: Int, end: Int) {
      try require(steps[index] > 0, "a step along the one axis is not positive")
      if starts[index] >= 0, ends[index] >= 0 { return (starts[index], ends[index]) }
      guard let size = size.number else { throw NoMatch("positions count from an end that is not known") }
      func counted(_ place: Int) -> Int { place < 0 ? max(0, place &+ size) : place }
      return (counted(starts[index]), counted(ends[index]))
    }
  }
}
