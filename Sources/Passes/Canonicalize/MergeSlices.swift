import GraphIR
import Operators
import Rewriting
import Tensors

/// Makes one slice of two along different axes. Exact.
///
///     %a = Slice(%x, [1], [5], [1])
///     %y = Slice(%a, [0], [2], [2])   →   %y = Slice(%x, [1, 0], [5, 2], [1, 2], [1, 1])
package struct MergeSlices: RewriteRule {
  package init() {}

  package func rewrite(_ outer: Matched<Slice>, _ edit: inout Edit) throws(NoMatch) {
    let inner = try outer[.data].soleProducer(Slice.self)
    let rank = try inner[.data].rank()
    let (first, second) = try (Ranges(inner, rank), Ranges(outer, rank))
    try require(Set(first.axes).isDisjoint(with: second.axes), "both are along one axis")
    let lists = [first.starts + second.starts, first.ends + second.ends, first.axes + second.axes, first.steps + second.steps]
    var operands: [ValueID?] = [try inner[.data].id]
    for list in lists { operands.append(edit.constant(list)) }
    try edit.replace(outer.result, withSameShape: edit.emit(Slice(), operands: operands)[0])
  }

  private struct Ranges {
    let starts, ends, axes, steps: [Int]

    init(_ slice: Matched<Slice>, _ rank: Int) throws(NoMatch) {
      (starts, ends) = try (slice[.starts].integers(), slice[.ends].integers())
      let listed = try slice.ifPresent(.axes)?.integers() ?? Array(starts.indices)
      axes = listed.map { $0 < 0 ? $0 + rank : $0 }
      steps = try slice.ifPresent(.steps)?.integers() ?? [Int](repeating: 1, count: axes.count)
      try require(starts.count == axes.count && ends.count == axes.count && steps.count == axes.count, "the lists differ in length")
    }
  }
}
